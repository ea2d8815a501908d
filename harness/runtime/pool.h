/* SPDX-License-Identifier: MIT
 *
 * pool.h -- kernel threads that are used again from one execution of a loop to the next.
 *
 * Kernel thread n of the pool is thread n of every execution, so within an execution no two of the
 * program's threads share one: ThreadSanitizer sees as many threads, and as few edges between them,
 * as if they were fresh (docs/runtime.md).
 */
#ifndef RT_POOL_H
#define RT_POOL_H

#include "core.h"

/* Looks whether threads can be used again in this program; before the first round of a batch. */
void rt_pool_begin(void);
/* What pthread_create came to, if the pool can do it; false: start a thread of its own. */
bool rt_pool_create(struct rt_thread *thread, const pthread_attr_t *attributes, pthread_t *handle,
                    void *frame, int *out_error);
/* pthread_exit: this thread ends for good, as libc and the kernel end threads. */
void rt_pool_leave(struct rt_thread *self);
/* Kernel threads that wait for their next execution. */
uint32_t rt_pool_parked(void);
/* A key is known, with this destructor or none; or no longer. */
void rt_pool_key(pthread_key_t key, bool known, void (*destructor)(void *));
/* Some thread has been given a name: whoever is used again must get its creator's. */
void rt_pool_renamed(void);
/* Some thread may have passed the virtual masks by. */
void rt_pool_masked(void);

#endif
