/* SPDX-License-Identifier: MIT
 *
 * thread.c -- start, end, join, detach, yield.
 */
#include "thread.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../pool.h"
#include "../real.h"
#include "../signals.h"
#include "../sys.h"
#include "jump.h"

int rt_pthread_create(pthread_t *restrict handle, const pthread_attr_t *restrict attributes,
                      void *(*start)(void *), void *restrict arg, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_create, handle, attributes, start, arg);
    }
    return rt_thread_create(handle, attributes, start, arg, frame);
}

int pthread_create(pthread_t *restrict handle, const pthread_attr_t *restrict attributes,
                   void *(*start)(void *), void *restrict arg)
{
    return rt_pthread_create(handle, attributes, start, arg, RT_FRAME);
}

/* The thread to be joined.  0, or what libc says of a misuse that nobody looks for. */
static int join_target(struct rt_thread *self, pthread_t handle, struct rt_thread **out_target)
{
    struct rt_thread *target = rt_thread_find(handle);
    int error = 0;
    if (target == NULL) {
        rt_oracle(RT_ORACLE_JOIN, self, "a join names a thread that does not exist", "");
        error = ESRCH;
    } else if (target->joined) {
        rt_oracle(RT_ORACLE_JOIN, self, "a thread was joined twice", "");
        error = ESRCH;
    } else if (target->detached) {
        rt_oracle(RT_ORACLE_JOIN, self, "a detached thread was joined", "");
        error = EINVAL;
    } else if (target == self) {
        rt_oracle(RT_ORACLE_JOIN, self, "a thread joins itself", "");
        error = EDEADLK;
    }
    *out_target = target;
    return error;
}

/* Waits for the target's last step.  0, ETIMEDOUT, or EINVAL: another one waits for it. */
static int join_wait(struct rt_thread *self, struct rt_thread *target, enum rt_op op,
                     uint64_t deadline_ns, void *frame)
{
    while (target->state != RT_THREAD_ENDED) {
        if (target->joiner >= 0 && target->joiner != (int)self->number) {
            rt_oracle(RT_ORACLE_JOIN, self, "two threads join the same thread", "");
            return EINVAL;
        }
        if (deadline_ns <= rt.now_ns) {
            return ETIMEDOUT;
        }
        target->joiner = (int)self->number;
        enum rt_wake wake = rt_block_cancellable(self, target, deadline_ns);
        target->joiner = -1;
        if (wake == RT_TIMED_OUT) {
            return ETIMEDOUT;
        }
        rt_cancel_point(self);
        rt_step_resumed(self, op, target, frame);
    }
    return 0;
}

/* The target has ended: libc's part, which does not block. */
static int join_finish(struct rt_thread *target, void **value, void *frame)
{
    target->joined = true;
    if (target->pooled) {
        __tsan_acquire(target);
        if (value != NULL) {
            *value = target->value;
        }
        return 0;
    }
#ifdef RT_TSAN
    if (target->number == 0) {
        /* ThreadSanitizer does not know that the first thread can be joined. */
        __tsan_acquire(target);
        return ((int (*)(pthread_t, void **))rt_libc("pthread_join"))(target->handle, value);
    }
#endif
    return RT_CALL_AT(frame, pthread_join, target->handle, value);
}

int rt_pthread_join(pthread_t handle, void **value, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_join, handle, value);
    }
    struct rt_thread *target = rt_thread_find(handle);
    rt_step(self, RT_OP_JOIN, target, frame);
    rt_cancel_point(self);
    int error = join_target(self, handle, &target);
    if (error == 0) {
        error = join_wait(self, target, RT_OP_JOIN, RT_NO_DEADLINE, frame);
    }
    if (error == 0) {
        error = join_finish(target, value, frame);
    }
    rt_result(error);
    return error;
}

int pthread_join(pthread_t handle, void **value)
{
    return rt_pthread_join(handle, value, RT_FRAME);
}

int pthread_tryjoin_np(pthread_t handle, void **value)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_tryjoin_np, handle, value);
    }
    struct rt_thread *target = rt_thread_find(handle);
    rt_step(self, RT_OP_TRYJOIN, target, RT_FRAME);
    int error = join_target(self, handle, &target);
    if (error == 0) {
        error = target->state == RT_THREAD_ENDED ? join_finish(target, value, RT_FRAME) : EBUSY;
    }
    rt_progress(self, error == 0);
    rt_result(error);
    return error;
}

static int join_timed(struct rt_thread *self, pthread_t handle, void **value, clockid_t clock,
                      const struct timespec *time, void *frame)
{
    uint64_t deadline_ns = RT_NO_DEADLINE;
    struct rt_thread *target = rt_thread_find(handle);
    rt_step(self, RT_OP_TIMEDJOIN, target, frame);
    rt_cancel_point(self);
    int error = join_target(self, handle, &target);
    if (error == 0 && time != NULL && !rt_clock_deadline(clock, time, &deadline_ns)) {
        return EINVAL;
    }
    if (error == 0) {
        error = join_wait(self, target, RT_OP_TIMEDJOIN, deadline_ns, frame);
    }
    if (error == 0) {
        error = join_finish(target, value, frame);
    }
    rt_result(error);
    return error;
}

int pthread_timedjoin_np(pthread_t handle, void **value, const struct timespec *time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_timedjoin_np, handle, value, time);
    }
    return join_timed(self, handle, value, CLOCK_REALTIME, time, RT_FRAME);
}

int pthread_clockjoin_np(pthread_t handle, void **value, clockid_t clock,
                         const struct timespec *time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        struct timespec real = time != NULL ? rt_real_time(clock, time) : (struct timespec){ 0 };
        return RT_CALL(pthread_timedjoin_np, handle, value, time != NULL ? &real : NULL);
    }
    return join_timed(self, handle, value, clock, time, RT_FRAME);
}

int rt_pthread_detach(pthread_t handle, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, pthread_detach, handle);
    }
    struct rt_thread *target = rt_thread_find(handle);
    rt_step(self, RT_OP_DETACH, target, frame);
    target = rt_thread_find(handle);
    if (target == NULL || target->joined || target->detached) {
        rt_oracle(RT_ORACLE_JOIN, self, "a thread was detached that is not joinable", "");
        return target == NULL || target->joined ? ESRCH : EINVAL;
    }
    target->detached = true;
    int error = target->pooled ? 0 : RT_CALL_AT(frame, pthread_detach, handle);
    rt_result(error);
    return error;
}

int pthread_detach(pthread_t handle)
{
    return rt_pthread_detach(handle, RT_FRAME);
}

_Noreturn void pthread_exit(void *value)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_THREAD_EXIT, NULL, RT_FRAME);
        rt_jump_leave_all(self);
        self->ending = true;
        self->cancel_disabled = true;
        __tsan_release(self);
        rt_pool_leave(self);
    }
    RT_REAL(pthread_exit)(value);
    __builtin_unreachable();
}

int pthread_setname_np(pthread_t handle, const char *name)
{
    struct rt_thread *self = RT_ENTER();
    int error = RT_CALL(pthread_setname_np, handle, name);
    if (self != NULL && error == 0) {
        rt_pool_renamed();
        struct rt_thread *target = rt_thread_find(handle);
        for (uint32_t at = 0; target != NULL && at < sizeof target->name; at++) {
            target->name[at] = name[at];
            if (name[at] == '\0') {
                break;
            }
        }
    }
    return error;
}

int rt_sched_yield(void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL_AT(frame, sched_yield);
    }
    rt_step(self, RT_OP_YIELD, NULL, frame);
    return 0;
}

int sched_yield(void)
{
    return rt_sched_yield(RT_FRAME);
}
