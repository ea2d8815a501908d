/* SPDX-License-Identifier: MIT
 *
 * holder.h -- who holds what a blocked thread waits for: for reports only.
 */
#ifndef RT_POSIX_HOLDER_H
#define RT_POSIX_HOLDER_H

#include "../core.h"

/* A thread's number, or -1: nobody, or not to be known. */
int rt_holder(const struct rt_thread *waiter);

#endif
