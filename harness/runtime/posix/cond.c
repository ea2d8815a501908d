/* SPDX-License-Identifier: MIT
 *
 * cond.c -- condition variables, modelled: release the mutex, wait in the queue of this address,
 * get the mutex again.  Which waiter a signal wakes, and now and then a spurious wake-up, are
 * decisions. ThreadSanitizer gets its edges from the mutex.
 */
#include "cond.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../real.h"
#include "mutex.h"

/* A decision with so many equal possibilities, one of which is a spurious wake-up. */
#define SPURIOUS_ONE_IN 64u

/* Waits; the step has been taken.  0, ETIMEDOUT, or what getting the mutex again says. */
static int cond_wait(struct rt_thread *self, pthread_cond_t *cond, pthread_mutex_t *mutex,
                     uint64_t deadline_ns, void *frame)
{
    int error = rt_mutex_release(self, mutex, frame);
    if (error != 0) {
        return error;
    }
    enum rt_wake wake = RT_WOKEN;
    if (deadline_ns <= rt.now_ns) {
        wake = RT_TIMED_OUT;
    } else if (rt_choose(self, SPURIOUS_ONE_IN) != SPURIOUS_ONE_IN - 1) {
        wake = rt_wait(self, cond, deadline_ns, RT_WAIT_CANCELLABLE | RT_WAIT_KEEPS);
        rt_step_resumed(self, RT_OP_COND_RELOCK, mutex, frame);
    } else {
        rt_step(self, RT_OP_COND_RELOCK, mutex, frame);
    }
    error = rt_mutex_acquire(self, mutex, RT_NO_DEADLINE, frame);
    if (wake == RT_CANCELLED) {
        rt_cancel_point(self);
    }
    return error == 0 && wake == RT_TIMED_OUT ? ETIMEDOUT : error;
}

int rt_pthread_cond_init(pthread_cond_t *restrict cond,
                         const pthread_condattr_t *restrict attributes, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_cond_init, cond, attributes);
    }
    rt_step(self, RT_OP_COND_INIT, cond, frame);
    rt_object_create(cond);
    return RT_CALL_AT(frame, pthread_cond_init, cond, attributes);
}

int pthread_cond_init(pthread_cond_t *restrict cond, const pthread_condattr_t *restrict attributes)
{
    return rt_pthread_cond_init(cond, attributes, RT_FRAME);
}

int rt_pthread_cond_destroy(pthread_cond_t *cond, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_cond_destroy, cond);
    }
    rt_step(self, RT_OP_COND_DESTROY, cond, frame);
    if (rt_has_waiters(cond)) {
        rt_oracle(RT_ORACLE_DESTROY, self,
                  "a condition variable was destroyed while a thread waits on it", "");
    }
    int error = RT_CALL_AT(frame, pthread_cond_destroy, cond);
    rt_object_destroy(cond);
    return error;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
    return rt_pthread_cond_destroy(cond, RT_FRAME);
}

int rt_pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                         void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_cond_wait, cond, mutex);
    }
    rt_step(self, RT_OP_COND_WAIT, cond, frame);
    rt_cancel_point(self);
    return cond_wait(self, cond, mutex, RT_NO_DEADLINE, frame);
}

int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex)
{
    return rt_pthread_cond_wait(cond, mutex, RT_FRAME);
}

static int cond_timed(struct rt_thread *self, pthread_cond_t *cond, pthread_mutex_t *mutex,
                      clockid_t clock, const struct timespec *time, void *frame)
{
    uint64_t deadline_ns;
    rt_step(self, RT_OP_COND_TIMEDWAIT, cond, frame);
    rt_cancel_point(self);
    if (!rt_clock_deadline(clock, time, &deadline_ns)) {
        return EINVAL;
    }
    int error = cond_wait(self, cond, mutex, deadline_ns, frame);
    rt_result(error);
    return error;
}

int rt_pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                              const struct timespec *restrict time, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_cond_timedwait, cond, mutex, time);
    }
    /* glibc keeps the clock of the attributes here: bit 1 of the second word of __wrefs. */
    clockid_t clock = (cond->__data.__wrefs & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
    return cond_timed(self, cond, mutex, clock, time, frame);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict time)
{
    return rt_pthread_cond_timedwait(cond, mutex, time, RT_FRAME);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           clockid_t clock, const struct timespec *restrict time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_cond_clockwait, cond, mutex, clock, time);
    }
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
        return EINVAL;
    }
    return cond_timed(self, cond, mutex, clock, time, RT_FRAME);
}

int rt_pthread_cond_signal(pthread_cond_t *cond, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_cond_signal, cond);
    }
    rt_step(self, RT_OP_COND_SIGNAL, cond, frame);
    rt_result((int32_t)rt_wake_some(self, cond, 1, 0));
    return 0;
}

int pthread_cond_signal(pthread_cond_t *cond)
{
    return rt_pthread_cond_signal(cond, RT_FRAME);
}

int rt_pthread_cond_broadcast(pthread_cond_t *cond, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_cond_broadcast, cond);
    }
    rt_step(self, RT_OP_COND_BROADCAST, cond, frame);
    rt_wake_all(cond);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
    return rt_pthread_cond_broadcast(cond, RT_FRAME);
}
