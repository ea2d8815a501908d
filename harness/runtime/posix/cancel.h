/* SPDX-License-Identifier: MIT
 *
 * cancel.h -- the intercepted calls about cancellation.
 */
#ifndef RT_POSIX_CANCEL_H
#define RT_POSIX_CANCEL_H

#define RT_CANCEL_CALLS(X)                                                                         \
    X(pthread_cancel)                                                                              \
    X(pthread_testcancel)                                                                          \
    X(pthread_setcancelstate)                                                                      \
    X(pthread_setcanceltype)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#endif
#endif
