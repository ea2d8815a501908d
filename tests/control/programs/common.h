/* SPDX-License-Identifier: MIT
 *
 * common.h -- for the small programs that are run under control: stop loudly when a call fails.
 */
#ifndef CONTROL_COMMON_H
#define CONTROL_COMMON_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Exit status 9: neither pass nor any status that a test expects. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            _exit(9);                                                                              \
        }                                                                                          \
    } while (0)
#define OK(call) MUST((call) == 0)

static inline pthread_t thread_start(void *(*start)(void *), void *arg)
{
    pthread_t thread;
    OK(pthread_create(&thread, NULL, start, arg));
    return thread;
}

static inline void thread_join(pthread_t thread)
{
    OK(pthread_join(thread, NULL));
}

#endif
