/* SPDX-License-Identifier: MIT
 *
 * random.h -- the intercepted calls by which programs get randomness, or seed their own.
 */
#ifndef RT_POSIX_RANDOM_H
#define RT_POSIX_RANDOM_H

#define RT_RANDOM_CALLS(X)                                                                         \
    X(getrandom)                                                                                   \
    X(getentropy)                                                                                  \
    X(arc4random)                                                                                  \
    X(arc4random_buf)                                                                              \
    X(arc4random_uniform)                                                                          \
    X(getpid)                                                                                      \
    X(gettid)                                                                                      \
    X(srand)                                                                                       \
    X(srandom)                                                                                     \
    X(srand48)                                                                                     \
    X(srandom_r)                                                                                   \
    X(srand48_r)                                                                                   \
    X(initstate)                                                                                   \
    X(fopen)                                                                                       \
    X(fopen64)

#ifndef RT_EXPORTS_ONLY
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* The program has asked for its pid or tid: it may seed something with it. */
void rt_random_id_seen(void);
/* What was just read from fd becomes the seed's if fd is a device of random numbers. */
void rt_random_device(int fd, void *data, size_t size);
#endif
#endif
