/* SPDX-License-Identifier: MIT
 *
 * c11.h -- the intercepted calls of C11 <threads.h>, mapped onto the POSIX ones.
 */
#ifndef RT_POSIX_C11_H
#define RT_POSIX_C11_H

#define RT_C11_CALLS(X)                                                                            \
    X(thrd_create)                                                                                 \
    X(thrd_join)                                                                                   \
    X(thrd_detach)                                                                                 \
    X(thrd_exit)                                                                                   \
    X(thrd_yield)                                                                                  \
    X(thrd_sleep)                                                                                  \
    X(mtx_init)                                                                                    \
    X(mtx_destroy)                                                                                 \
    X(mtx_lock)                                                                                    \
    X(mtx_trylock)                                                                                 \
    X(mtx_timedlock)                                                                               \
    X(mtx_unlock)                                                                                  \
    X(cnd_init)                                                                                    \
    X(cnd_destroy)                                                                                 \
    X(cnd_wait)                                                                                    \
    X(cnd_timedwait)                                                                               \
    X(cnd_signal)                                                                                  \
    X(cnd_broadcast)                                                                               \
    X(call_once)

#ifndef RT_EXPORTS_ONLY
#include <threads.h>
#endif
#endif
