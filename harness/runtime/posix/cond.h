/* SPDX-License-Identifier: MIT
 *
 * cond.h -- the intercepted calls about condition variables.
 */
#ifndef RT_POSIX_COND_H
#define RT_POSIX_COND_H

#define RT_COND_CALLS(X)                                                                           \
    X(pthread_cond_init)                                                                           \
    X(pthread_cond_destroy)                                                                        \
    X(pthread_cond_wait)                                                                           \
    X(pthread_cond_timedwait)                                                                      \
    X(pthread_cond_clockwait)                                                                      \
    X(pthread_cond_signal)                                                                         \
    X(pthread_cond_broadcast)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#endif
#endif
