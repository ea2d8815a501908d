/* SPDX-License-Identifier: MIT
 *
 * rwlock.h -- the intercepted calls about read-write locks.
 */
#ifndef RT_POSIX_RWLOCK_H
#define RT_POSIX_RWLOCK_H

#define RT_RWLOCK_CALLS(X)                                                                         \
    X(pthread_rwlock_init)                                                                         \
    X(pthread_rwlock_destroy)                                                                      \
    X(pthread_rwlock_rdlock)                                                                       \
    X(pthread_rwlock_tryrdlock)                                                                    \
    X(pthread_rwlock_timedrdlock)                                                                  \
    X(pthread_rwlock_clockrdlock)                                                                  \
    X(pthread_rwlock_wrlock)                                                                       \
    X(pthread_rwlock_trywrlock)                                                                    \
    X(pthread_rwlock_timedwrlock)                                                                  \
    X(pthread_rwlock_clockwrlock)                                                                  \
    X(pthread_rwlock_unlock)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#endif
#endif
