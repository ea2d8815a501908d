/* SPDX-License-Identifier: MIT
 *
 * once.h -- the intercepted calls about what is done once.
 */
#ifndef RT_POSIX_ONCE_H
#define RT_POSIX_ONCE_H

#define RT_ONCE_CALLS(X) X(pthread_once)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#endif
#endif
