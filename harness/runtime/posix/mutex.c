/* SPDX-License-Identifier: MIT
 *
 * mutex.c -- mutexes of every type.  The real mutex is the truth: a lock is a try that is repeated
 * when the mutex is released.  ThreadSanitizer sees tries only, so it does not warn of lock orders:
 * under control a deadlock is found by reaching it, in both flavours alike.
 */
#include "mutex.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../real.h"

#define KIND_MASK 3
#define KIND_ERRORCHECK 2
#define KIND_ROBUST 16

int rt_mutex_acquire(struct rt_thread *self, pthread_mutex_t *mutex, uint64_t deadline_ns,
                     void *frame)
{
    for (;;) {
        rt_destroyed_mutex(self, mutex);
        int error = RT_CALL_AT(frame, pthread_mutex_trylock, mutex);
        if (error != EBUSY) {
            if (error == 0) {
                rt_held_add(self, mutex);
            }
            rt_result(error);
            return error;
        }
        if ((mutex->__data.__kind & KIND_MASK) == KIND_ERRORCHECK &&
            mutex->__data.__owner == self->tid) {
            rt_result(EDEADLK);
            return EDEADLK;
        }
        if (deadline_ns <= rt.now_ns || rt_block(self, mutex, deadline_ns) == RT_TIMED_OUT) {
            rt_result(ETIMEDOUT);
            return ETIMEDOUT;
        }
        rt_step_resumed(self, self->op, mutex, frame);
    }
}

int rt_mutex_release(struct rt_thread *self, pthread_mutex_t *mutex, void *frame)
{
    rt_destroyed_mutex(self, mutex);
    if ((mutex->__data.__kind & (KIND_MASK | KIND_ROBUST)) == 0 ||
        (mutex->__data.__kind & (KIND_MASK | KIND_ROBUST)) == 3) {
        /* Where the real call would not notice. */
        if (mutex->__data.__lock == 0) {
            rt_oracle(RT_ORACLE_UNLOCK, self, "a mutex was unlocked that is not locked", "");
        }
        if (mutex->__data.__owner != self->tid) {
            rt_oracle(RT_ORACLE_UNLOCK, self,
                      "a mutex was unlocked by a thread that does not hold it", "");
        }
    }
    int error = RT_CALL_AT(frame, pthread_mutex_unlock, mutex);
    rt_held_remove(self, mutex);
    rt_wake_all(mutex);
    rt_result(error);
    return error;
}

int rt_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes,
                          void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_mutex_init, mutex, attributes);
    }
    rt_step(self, RT_OP_MUTEX_INIT, mutex, frame);
    rt_object_create(mutex);
    return RT_CALL_AT(frame, pthread_mutex_init, mutex, attributes);
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    return rt_pthread_mutex_init(mutex, attributes, RT_FRAME);
}

int rt_pthread_mutex_destroy(pthread_mutex_t *mutex, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_mutex_destroy, mutex);
    }
    rt_step(self, RT_OP_MUTEX_DESTROY, mutex, frame);
    if ((mutex->__data.__lock & 0x3fffffff) != 0) {
        rt_oracle(RT_ORACLE_DESTROY, self, "a mutex was destroyed while it was locked", "");
    }
    int error = RT_CALL_AT(frame, pthread_mutex_destroy, mutex);
    rt_held_remove(self, mutex);
    rt_object_destroy(mutex);
    rt_result(error);
    return error;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return rt_pthread_mutex_destroy(mutex, RT_FRAME);
}

int rt_pthread_mutex_lock(pthread_mutex_t *mutex, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_mutex_lock, mutex);
    }
    rt_step(self, RT_OP_MUTEX_LOCK, mutex, frame);
    return rt_mutex_acquire(self, mutex, RT_NO_DEADLINE, frame);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return rt_pthread_mutex_lock(mutex, RT_FRAME);
}

int rt_pthread_mutex_trylock(pthread_mutex_t *mutex, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_mutex_trylock, mutex);
    }
    rt_step(self, RT_OP_MUTEX_TRYLOCK, mutex, frame);
    rt_destroyed_mutex(self, mutex);
    int error = RT_CALL_AT(frame, pthread_mutex_trylock, mutex);
    if (error == 0) {
        rt_held_add(self, mutex);
    }
    rt_progress(self, error == 0);
    rt_result(error);
    return error;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    return rt_pthread_mutex_trylock(mutex, RT_FRAME);
}

static int mutex_timed(struct rt_thread *self, pthread_mutex_t *mutex, clockid_t clock,
                       const struct timespec *time, void *frame)
{
    uint64_t deadline_ns;
    rt_step(self, RT_OP_MUTEX_TIMEDLOCK, mutex, frame);
    if (!rt_clock_deadline(clock, time, &deadline_ns)) {
        /* POSIX: the time is looked at only when the call has to wait. */
        int error = RT_CALL_AT(frame, pthread_mutex_trylock, mutex);
        error = error == EBUSY ? EINVAL : error;
        rt_result(error);
        return error;
    }
    return rt_mutex_acquire(self, mutex, deadline_ns, frame);
}

int rt_pthread_mutex_timedlock(pthread_mutex_t *restrict mutex,
                               const struct timespec *restrict time, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_mutex_timedlock, mutex, time);
    }
    return mutex_timed(self, mutex, CLOCK_REALTIME, time, frame);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict time)
{
    return rt_pthread_mutex_timedlock(mutex, time, RT_FRAME);
}

int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock,
                            const struct timespec *restrict time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        struct timespec real = rt_real_time(clock, time);
        return RT_CALL(pthread_mutex_timedlock, mutex, &real);
    }
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
        return EINVAL;
    }
    return mutex_timed(self, mutex, clock, time, RT_FRAME);
}

int rt_pthread_mutex_unlock(pthread_mutex_t *mutex, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_mutex_unlock, mutex);
    }
    rt_step(self, RT_OP_MUTEX_UNLOCK, mutex, frame);
    return rt_mutex_release(self, mutex, frame);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    return rt_pthread_mutex_unlock(mutex, RT_FRAME);
}
