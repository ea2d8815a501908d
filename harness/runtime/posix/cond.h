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

/* What the calls do, for a caller whose frame is given: C11 maps onto them. */
int rt_pthread_cond_init(pthread_cond_t *restrict cond,
                         const pthread_condattr_t *restrict attributes, void *frame);
int rt_pthread_cond_destroy(pthread_cond_t *cond, void *frame);
int rt_pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                         void *frame);
int rt_pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                              const struct timespec *restrict time, void *frame);
int rt_pthread_cond_signal(pthread_cond_t *cond, void *frame);
int rt_pthread_cond_broadcast(pthread_cond_t *cond, void *frame);
#endif
#endif
