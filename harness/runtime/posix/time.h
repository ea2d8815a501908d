/* SPDX-License-Identifier: MIT
 *
 * time.h -- the intercepted calls about clocks and sleeps.
 */
#ifndef RT_POSIX_TIME_H
#define RT_POSIX_TIME_H

#define RT_TIME_CALLS(X)                                                                           \
    X(clock_gettime)                                                                               \
    X(gettimeofday)                                                                                \
    X(time)                                                                                        \
    X(clock)                                                                                       \
    X(times)                                                                                       \
    X(getrusage)                                                                                   \
    X(timespec_get)                                                                                \
    X(nanosleep)                                                                                   \
    X(clock_nanosleep)                                                                             \
    X(usleep)                                                                                      \
    X(sleep)

#ifndef RT_EXPORTS_ONLY
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#endif
#endif
