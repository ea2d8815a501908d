/* SPDX-License-Identifier: MIT
 *
 * sigwait.c -- the calls that wait for a signal: to accept it, or for a handler to run.
 */
#include <errno.h>

#include "../real.h"
#include "../signals.h"
#include "signal.h"

/* Accepts one of set: its number, or a negative errno. */
static int signal_accept(struct rt_thread *self, const sigset_t *set, siginfo_t *out_info,
                         uint64_t deadline_ns, bool restarts, void *frame)
{
    uint64_t signals = rt_signals_from(set) & ~(RT_SIGNALS_REAL | RT_SIGNALS_UNBLOCKABLE);
    struct rt_signal_entry entry;
    rt_step(self, RT_OP_SIGNAL_WAIT, NULL, frame);
    rt_cancel_point(self);
    rt_signals.expected |= signals;
    while (!rt_signal_take(self, signals, true, &entry)) {
        if (deadline_ns <= rt.now_ns) {
            rt_result(EAGAIN);
            return -EAGAIN;
        }
        self->signals.waits_for = signals;
        enum rt_wake wake = rt_wait(self, NULL, deadline_ns,
                                    RT_WAIT_CANCELLABLE | RT_WAIT_INTERRUPTIBLE | RT_WAIT_FRAGILE);
        self->signals.waits_for = 0;
        rt_cancel_point(self);
        rt_step_resumed(self, RT_OP_SIGNAL_WAIT, NULL, frame);
        if (wake == RT_INTERRUPTED && !restarts) {
            rt_result(EINTR);
            return -EINTR;
        }
        if (wake == RT_INTERRUPTED) {
            errno = EINTR; /* which sigwait leaves behind */
        }
    }
    rt_signal_fate(&entry, RT_SIGNAL_ACCEPTED, self);
    rt_result(entry.signo);
    if (out_info != NULL) {
        *out_info = entry.info;
    }
    return entry.signo;
}

/* To the one who accepts it, glibc says of a signal to a thread that it was sent as any other. */
static int accept_ended(int result, siginfo_t *info)
{
    if (result >= 0) {
        if (info != NULL && info->si_code == SI_TKILL) {
            info->si_code = SI_USER;
        }
        return result;
    }
    errno = -result;
    return -1;
}

int sigwait(const sigset_t *restrict set, int *restrict signo)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sigwait, set, signo);
    }
    *signo = signal_accept(self, set, NULL, RT_NO_DEADLINE, true, RT_FRAME);
    return 0;
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sigwaitinfo, set, info);
    }
    return accept_ended(signal_accept(self, set, info, RT_NO_DEADLINE, false, RT_FRAME), info);
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
                 const struct timespec *restrict timeout)
{
    uint64_t deadline_ns = RT_NO_DEADLINE;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sigtimedwait, set, info, timeout);
    }
    if (timeout != NULL && !rt_clock_timeout(timeout, &deadline_ns)) {
        errno = EINVAL;
        return -1;
    }
    return accept_ended(signal_accept(self, set, info, deadline_ns, false, RT_FRAME), info);
}

/* Waits until a handler has run; the step has been taken. */
static int handler_await(struct rt_thread *self, void *frame)
{
    enum rt_wake wake;
    do {
        wake = rt_wait(self, NULL, RT_NO_DEADLINE, RT_WAIT_CANCELLABLE | RT_WAIT_INTERRUPTIBLE);
        rt_signals_mask_return(self);
        rt_cancel_point(self);
        rt_step_resumed(self, RT_OP_SIGNAL_WAIT, NULL, frame);
    } while (wake != RT_INTERRUPTED);
    rt_result(EINTR);
    errno = EINTR;
    return -1;
}

int sigsuspend(const sigset_t *mask)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sigsuspend, mask);
    }
    rt_step(self, RT_OP_SIGNAL_WAIT, NULL, RT_FRAME);
    rt_cancel_point(self);
    rt_signals_mask_swap(self, mask);
    return handler_await(self, RT_FRAME);
}

int pause(void)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pause);
    }
    rt_step(self, RT_OP_SIGNAL_WAIT, NULL, RT_FRAME);
    rt_cancel_point(self);
    return handler_await(self, RT_FRAME);
}
