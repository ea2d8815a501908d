/* SPDX-License-Identifier: MIT
 *
 * cancel.c -- cancellation, virtual: a request is kept here and acted upon by the thread itself, at
 * a cancellation point (or, if it asked for that, at its next step), by pthread_exit.  libc's own
 * way would interrupt a thread that does not have the turn.
 */
#include "cancel.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../real.h"

int pthread_cancel(pthread_t handle)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_cancel, handle);
    }
    rt_step(self, RT_OP_CANCEL, rt_thread_find(handle), RT_FRAME);
    struct rt_thread *target = rt_thread_find(handle);
    if (target == NULL || target->joined) {
        rt_oracle(RT_ORACLE_JOIN, self, "a cancellation names a thread that does not exist", "");
        return ESRCH;
    }
    if (target->state == RT_THREAD_ENDED || target->ending) {
        return 0;
    }
    target->cancel_pending = true;
    if (target->state == RT_THREAD_BLOCKED && (target->wait_flags & RT_WAIT_CANCELLABLE) != 0 &&
        !target->cancel_disabled) {
        rt_wake_thread(target, RT_CANCELLED);
    }
    if (target == self && self->cancel_async) {
        rt_cancel_point(self);
    }
    return 0;
}

void pthread_testcancel(void)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        RT_REAL(pthread_testcancel)();
        return;
    }
    rt_step(self, RT_OP_TESTCANCEL, NULL, RT_FRAME);
    rt_cancel_point(self);
}

int pthread_setcancelstate(int state, int *old_state)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_setcancelstate, state, old_state);
    }
    if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE) {
        return EINVAL;
    }
    rt_step(self, RT_OP_CANCELSTATE, NULL, RT_FRAME);
    if (old_state != NULL) {
        *old_state = self->cancel_disabled ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
    }
    self->cancel_disabled = state == PTHREAD_CANCEL_DISABLE;
    if (self->cancel_async) {
        rt_cancel_point(self);
    }
    return 0;
}

int pthread_setcanceltype(int type, int *old_type)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_setcanceltype, type, old_type);
    }
    if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS) {
        return EINVAL;
    }
    rt_step(self, RT_OP_CANCELSTATE, NULL, RT_FRAME);
    if (old_type != NULL) {
        *old_type = self->cancel_async ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
    }
    self->cancel_async = type == PTHREAD_CANCEL_ASYNCHRONOUS;
    if (self->cancel_async) {
        rt_cancel_point(self);
    }
    return 0;
}
