/* SPDX-License-Identifier: MIT
 *
 * destroy.c -- use of a mutex that has been destroyed.  That something is destroyed while in use is
 * seen where it is destroyed (posix/).
 */
#include "oracle.h"

#define KIND_DESTROYED (-1) /* what libc writes there */

void rt_destroyed_mutex(const struct rt_thread *self, const pthread_mutex_t *mutex)
{
    if (mutex->__data.__kind == KIND_DESTROYED) {
        rt_oracle(RT_ORACLE_DESTROY, self, "a mutex was used that had been destroyed", "");
    }
}
