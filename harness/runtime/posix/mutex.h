/* SPDX-License-Identifier: MIT
 *
 * mutex.h -- the intercepted calls about mutexes, and the inside for condition variables and C11.
 */
#ifndef RT_POSIX_MUTEX_H
#define RT_POSIX_MUTEX_H

#define RT_MUTEX_CALLS(X)                                                                          \
    X(pthread_mutex_init)                                                                          \
    X(pthread_mutex_destroy)                                                                       \
    X(pthread_mutex_lock)                                                                          \
    X(pthread_mutex_trylock)                                                                       \
    X(pthread_mutex_timedlock)                                                                     \
    X(pthread_mutex_clocklock)                                                                     \
    X(pthread_mutex_unlock)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>

#include "../core.h"

/* The step has been taken: gets the mutex, or waits for it.  0, ETIMEDOUT, or what the real call
 * says. */
int rt_mutex_acquire(struct rt_thread *self, pthread_mutex_t *mutex, uint64_t deadline_ns,
                     void *frame);
/* No step: releases it and wakes who waits. */
int rt_mutex_release(struct rt_thread *self, pthread_mutex_t *mutex, void *frame);

/* What the calls do, for a caller whose frame is given: C11 maps onto them. */
int rt_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes,
                          void *frame);
int rt_pthread_mutex_destroy(pthread_mutex_t *mutex, void *frame);
int rt_pthread_mutex_lock(pthread_mutex_t *mutex, void *frame);
int rt_pthread_mutex_trylock(pthread_mutex_t *mutex, void *frame);
int rt_pthread_mutex_timedlock(pthread_mutex_t *restrict mutex,
                               const struct timespec *restrict time, void *frame);
int rt_pthread_mutex_unlock(pthread_mutex_t *mutex, void *frame);
#endif
#endif
