/* SPDX-License-Identifier: MIT
 *
 * spin.c -- spin locks: who would spin waits, since only a release can help; a deadlock is a hang.
 */
#include "spin.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../real.h"

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_SPIN_INIT, (const void *)lock, RT_FRAME);
        rt_object_create((const void *)lock);
    }
    return RT_CALL(pthread_spin_init, lock, shared);
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_SPIN_DESTROY, (const void *)lock, RT_FRAME);
        if (rt_has_waiters((const void *)lock)) {
            rt_oracle(RT_ORACLE_DESTROY, self,
                      "a spin lock was destroyed while a thread waits for it", "");
        }
        rt_object_destroy((const void *)lock);
    }
    return RT_CALL(pthread_spin_destroy, lock);
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_spin_lock, lock);
    }
    rt_step(self, RT_OP_SPIN_LOCK, (const void *)lock, RT_FRAME);
    while (RT_CALL(pthread_spin_trylock, lock) == EBUSY) {
        (void)rt_block(self, (const void *)lock, RT_NO_DEADLINE);
        rt_step_resumed(self, RT_OP_SPIN_LOCK, (const void *)lock, RT_FRAME);
    }
    return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_spin_trylock, lock);
    }
    rt_step(self, RT_OP_SPIN_TRYLOCK, (const void *)lock, RT_FRAME);
    int error = RT_CALL(pthread_spin_trylock, lock);
    rt_progress(self, error == 0);
    rt_result(error);
    return error;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_spin_unlock, lock);
    }
    rt_step(self, RT_OP_SPIN_UNLOCK, (const void *)lock, RT_FRAME);
    int error = RT_CALL(pthread_spin_unlock, lock);
    rt_wake_all((const void *)lock);
    return error;
}
