/* SPDX-License-Identifier: MIT
 *
 * key.h -- the intercepted calls about keys of thread-specific data.
 */
#ifndef RT_POSIX_KEY_H
#define RT_POSIX_KEY_H

#define RT_KEY_CALLS(X)                                                                            \
    X(pthread_key_create)                                                                          \
    X(pthread_key_delete)                                                                          \
    X(tss_create)                                                                                  \
    X(tss_delete)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#include <threads.h>
#endif
#endif
