/* SPDX-License-Identifier: MIT
 *
 * thread.h -- the intercepted calls about threads: start, end, join, detach, yield.
 */
#ifndef RT_POSIX_THREAD_H
#define RT_POSIX_THREAD_H

#define RT_THREAD_CALLS(X)                                                                         \
    X(pthread_create)                                                                              \
    X(pthread_join)                                                                                \
    X(pthread_tryjoin_np)                                                                          \
    X(pthread_timedjoin_np)                                                                        \
    X(pthread_clockjoin_np)                                                                        \
    X(pthread_detach)                                                                              \
    X(pthread_exit)                                                                                \
    X(pthread_setname_np)                                                                          \
    X(sched_yield)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#include <sched.h>

/* What the calls do, for a caller whose frame is given: C11 maps onto them. */
int rt_pthread_create(pthread_t *restrict handle, const pthread_attr_t *restrict attributes,
                      void *(*start)(void *), void *restrict arg, void *frame);
int rt_pthread_join(pthread_t handle, void **value, void *frame);
int rt_pthread_detach(pthread_t handle, void *frame);
int rt_sched_yield(void *frame);
#endif
#endif
