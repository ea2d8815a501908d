/* SPDX-License-Identifier: MIT
 *
 * once.h -- the intercepted calls about what is done once.
 */
#ifndef RT_POSIX_ONCE_H
#define RT_POSIX_ONCE_H

#define RT_ONCE_CALLS(X) X(pthread_once)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>

#include "../core.h"

/* What it was initialising is nobody's any more. */
void rt_once_thread_ends(const struct rt_thread *thread);
#endif
#endif
