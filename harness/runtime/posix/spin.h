/* SPDX-License-Identifier: MIT
 *
 * spin.h -- the intercepted calls about spin locks.
 */
#ifndef RT_POSIX_SPIN_H
#define RT_POSIX_SPIN_H

#define RT_SPIN_CALLS(X)                                                                           \
    X(pthread_spin_init)                                                                           \
    X(pthread_spin_destroy)                                                                        \
    X(pthread_spin_lock)                                                                           \
    X(pthread_spin_trylock)                                                                        \
    X(pthread_spin_unlock)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#endif
#endif
