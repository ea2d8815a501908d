/* SPDX-License-Identifier: MIT
 *
 * calls.h -- all names that the runtime defines in front of libc: the sum of the families' tables.
 */
#ifndef RT_POSIX_CALLS_H
#define RT_POSIX_CALLS_H

#include "cond.h"
#include "mutex.h"
#include "sem.h"
#include "thread.h"

#define RT_CALLS(X)                                                                                \
    RT_THREAD_CALLS(X)                                                                             \
    RT_MUTEX_CALLS(X)                                                                              \
    RT_COND_CALLS(X)                                                                               \
    RT_SEM_CALLS(X)

#endif
