/* SPDX-License-Identifier: MIT
 *
 * sem.h -- the intercepted calls about semaphores, unnamed and named.
 */
#ifndef RT_POSIX_SEM_H
#define RT_POSIX_SEM_H

#define RT_SEM_CALLS(X)                                                                            \
    X(sem_init)                                                                                    \
    X(sem_destroy)                                                                                 \
    X(sem_open)                                                                                    \
    X(sem_close)                                                                                   \
    X(sem_wait)                                                                                    \
    X(sem_trywait)                                                                                 \
    X(sem_timedwait)                                                                               \
    X(sem_clockwait)                                                                               \
    X(sem_post)                                                                                    \
    X(sem_getvalue)

#ifndef RT_EXPORTS_ONLY
#include <semaphore.h>
#endif
#endif
