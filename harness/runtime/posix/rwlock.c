/* SPDX-License-Identifier: MIT
 *
 * rwlock.c -- read-write locks: a lock is a try that is repeated when the lock is released.
 */
#include "rwlock.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../real.h"

/* Gets it for reading or writing; the step has been taken. */
static int rwlock_acquire(struct rt_thread *self, pthread_rwlock_t *lock, bool write,
                          uint64_t deadline_ns, void *frame)
{
    for (;;) {
        int error = write ? RT_CALL_AT(frame, pthread_rwlock_trywrlock, lock)
                          : RT_CALL_AT(frame, pthread_rwlock_tryrdlock, lock);
        if (error == EBUSY && lock->__data.__cur_writer == self->tid) {
            error = EDEADLK;
        }
        if (error != EBUSY) {
            rt_result(error);
            return error;
        }
        if (deadline_ns <= rt.now_ns || rt_block(self, lock, deadline_ns) == RT_TIMED_OUT) {
            rt_result(ETIMEDOUT);
            return ETIMEDOUT;
        }
        rt_step_resumed(self, self->op, lock, frame);
    }
}

static int rwlock_timed(struct rt_thread *self, pthread_rwlock_t *lock, bool write, clockid_t clock,
                        const struct timespec *time, void *frame)
{
    uint64_t deadline_ns;
    rt_step(self, write ? RT_OP_RWLOCK_WRLOCK : RT_OP_RWLOCK_RDLOCK, lock, frame);
    if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) ||
        !rt_clock_deadline(clock, time, &deadline_ns)) {
        return EINVAL;
    }
    return rwlock_acquire(self, lock, write, deadline_ns, frame);
}

int pthread_rwlock_init(pthread_rwlock_t *restrict lock,
                        const pthread_rwlockattr_t *restrict attributes)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_RWLOCK_INIT, lock, RT_FRAME);
        rt_object_create(lock);
    }
    return RT_CALL(pthread_rwlock_init, lock, attributes);
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_RWLOCK_DESTROY, lock, RT_FRAME);
        if (rt_has_waiters(lock) || lock->__data.__cur_writer != 0 ||
            (lock->__data.__readers >> 3) != 0) {
            rt_oracle(RT_ORACLE_DESTROY, self,
                      "a read-write lock was destroyed while it was in use", "");
        }
        rt_object_destroy(lock);
    }
    return RT_CALL(pthread_rwlock_destroy, lock);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_rwlock_rdlock, lock);
    }
    rt_step(self, RT_OP_RWLOCK_RDLOCK, lock, RT_FRAME);
    return rwlock_acquire(self, lock, false, RT_NO_DEADLINE, RT_FRAME);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_rwlock_wrlock, lock);
    }
    rt_step(self, RT_OP_RWLOCK_WRLOCK, lock, RT_FRAME);
    return rwlock_acquire(self, lock, true, RT_NO_DEADLINE, RT_FRAME);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_rwlock_tryrdlock, lock);
    }
    rt_step(self, RT_OP_RWLOCK_TRYRDLOCK, lock, RT_FRAME);
    int error = RT_CALL(pthread_rwlock_tryrdlock, lock);
    rt_progress(self, error == 0);
    rt_result(error);
    return error;
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_rwlock_trywrlock, lock);
    }
    rt_step(self, RT_OP_RWLOCK_TRYWRLOCK, lock, RT_FRAME);
    int error = RT_CALL(pthread_rwlock_trywrlock, lock);
    rt_progress(self, error == 0);
    rt_result(error);
    return error;
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock,
                               const struct timespec *restrict time)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? rwlock_timed(self, lock, false, CLOCK_REALTIME, time, RT_FRAME)
                        : RT_CALL(pthread_rwlock_timedrdlock, lock, time);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock,
                               const struct timespec *restrict time)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? rwlock_timed(self, lock, true, CLOCK_REALTIME, time, RT_FRAME)
                        : RT_CALL(pthread_rwlock_timedwrlock, lock, time);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict lock, clockid_t clock,
                               const struct timespec *restrict time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        struct timespec real = rt_real_time(clock, time);
        return RT_CALL(pthread_rwlock_timedrdlock, lock, &real);
    }
    return rwlock_timed(self, lock, false, clock, time, RT_FRAME);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict lock, clockid_t clock,
                               const struct timespec *restrict time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        struct timespec real = rt_real_time(clock, time);
        return RT_CALL(pthread_rwlock_timedwrlock, lock, &real);
    }
    return rwlock_timed(self, lock, true, clock, time, RT_FRAME);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_rwlock_unlock, lock);
    }
    rt_step(self, RT_OP_RWLOCK_UNLOCK, lock, RT_FRAME);
    if (lock->__data.__cur_writer == 0 && (lock->__data.__readers >> 3) == 0) {
        rt_oracle(RT_ORACLE_UNLOCK, self, "a read-write lock was unlocked that is not locked", "");
    }
    if (lock->__data.__cur_writer != 0 && lock->__data.__cur_writer != self->tid) {
        rt_oracle(RT_ORACLE_UNLOCK, self,
                  "a read-write lock was unlocked by a thread that does not hold it", "");
    }
    int error = RT_CALL(pthread_rwlock_unlock, lock);
    rt_wake_all(lock);
    rt_result(error);
    return error;
}
