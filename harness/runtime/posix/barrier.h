/* SPDX-License-Identifier: MIT
 *
 * barrier.h -- the intercepted calls about barriers.
 */
#ifndef RT_POSIX_BARRIER_H
#define RT_POSIX_BARRIER_H

#define RT_BARRIER_CALLS(X)                                                                        \
    X(pthread_barrier_init)                                                                        \
    X(pthread_barrier_destroy)                                                                     \
    X(pthread_barrier_wait)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#endif
#endif
