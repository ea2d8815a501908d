/* SPDX-License-Identifier: MIT
 *
 * signal.c -- waiting for signals and sending them, as far as the kernel's own state serves: a wait
 * is a look at what is pending, repeated when some thread has sent something.  Masks and handlers
 * are real; a handler that runs while its thread does not have the turn makes the execution
 * `unsupported` (turn.c).
 */
#include "signal.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../real.h"

static const char signal_object; /* what all who wait for a signal wait for */

/* Waits until a signal of set (or, with inverted, one outside of it) is pending.  False: timed
 * out. */
static bool signal_wait(struct rt_thread *self, const sigset_t *set, bool inverted,
                        uint64_t deadline_ns, void *frame)
{
    rt_step(self, RT_OP_SIGNAL_WAIT, NULL, frame);
    rt_cancel_point(self);
    for (;;) {
        sigset_t pending;
        (void)sigpending(&pending);
        for (int signo = 1; signo < NSIG; signo++) {
            if (sigismember(&pending, signo) == 1 && (sigismember(set, signo) == 1) != inverted) {
                return true;
            }
        }
        if (deadline_ns <= rt.now_ns ||
            rt_block_cancellable(self, &signal_object, deadline_ns) == RT_TIMED_OUT) {
            return false;
        }
        rt_cancel_point(self);
        rt_step_resumed(self, RT_OP_SIGNAL_WAIT, NULL, frame);
    }
}

int sigwait(const sigset_t *restrict set, int *restrict signo)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        (void)signal_wait(self, set, false, RT_NO_DEADLINE, RT_FRAME);
    }
    return RT_CALL(sigwait, set, signo);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        (void)signal_wait(self, set, false, RT_NO_DEADLINE, RT_FRAME);
    }
    return RT_CALL(sigwaitinfo, set, info);
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
                 const struct timespec *restrict timeout)
{
    static const struct timespec zero;
    uint64_t deadline_ns = RT_NO_DEADLINE;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sigtimedwait, set, info, timeout);
    }
    if (timeout != NULL && !rt_clock_timeout(timeout, &deadline_ns)) {
        errno = EINVAL;
        return -1;
    }
    (void)signal_wait(self, set, false, deadline_ns, RT_FRAME);
    return RT_CALL(sigtimedwait, set, info, &zero);
}

int sigsuspend(const sigset_t *mask)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        (void)signal_wait(self, mask, true, RT_NO_DEADLINE, RT_FRAME);
    }
    return RT_CALL(sigsuspend, mask);
}

int pause(void)
{
    sigset_t mask;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pause);
    }
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    (void)signal_wait(self, &mask, true, RT_NO_DEADLINE, RT_FRAME);
    return RT_CALL(pause);
}

int kill(pid_t pid, int signo)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_SIGNAL_SEND, NULL, RT_FRAME);
        rt_wake_all(&signal_object);
    }
    return RT_CALL(kill, pid, signo);
}

int raise(int signo)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_SIGNAL_SEND, NULL, RT_FRAME);
    }
    return RT_CALL(raise, signo);
}

int pthread_kill(pthread_t handle, int signo)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        struct rt_thread *target = rt_thread_find(handle);
        rt_step(self, RT_OP_SIGNAL_SEND, target, RT_FRAME);
        if (target == NULL || target->joined) {
            rt_oracle(RT_ORACLE_JOIN, self, "a signal was sent to a thread that does not exist",
                      "");
            return ESRCH;
        }
        if (target->state == RT_THREAD_ENDED) {
            return 0;
        }
        rt_wake_all(&signal_object);
    }
    return RT_CALL(pthread_kill, handle, signo);
}
