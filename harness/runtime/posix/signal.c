/* SPDX-License-Identifier: MIT
 *
 * signal.c -- dispositions, masks and sending, all on the virtual state of signals.c.  What is sent
 * to other processes, and what cannot be virtual, is sent for real.
 */
#include "signal.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../real.h"
#include "../signals.h"
#include "../sys.h"
#include "fd.h"

#pragma GCC poison malloc free printf pthread_mutex_lock

static int failed(int error)
{
    errno = error;
    return -1;
}

/* ---- dispositions ---- */

static bool signo_valid(int signo)
{
    return signo >= 1 && signo <= RT_SIGNALS_COUNT;
}

/* The step has been taken. */
static int action_set(int signo, const struct sigaction *action, struct sigaction *out_old,
                      void *frame)
{
    struct sigaction old = rt_signals.actions[signo];
    if (action != NULL) {
        while (rt_fd_shared() && rt_signals_adopt(0)) {
            /* What a child has sent until now is for the disposition until now. */
        }
        struct sigaction wanted = *action;
        rt_signals.expected |= RT_SIGNAL_BIT(signo);
        wanted.sa_mask = (sigset_t){ { rt_signals_from(&action->sa_mask) &
                                       ~(RT_SIGNALS_REAL | RT_SIGNALS_UNBLOCKABLE) } };
        rt_signals_changing();
        rt_signals.actions[signo] = wanted;
        if (rt_signal_install(signo, &wanted, frame) != 0) {
            rt_signals.actions[signo] = old;
            return -1;
        }
        if (rt_signal_is_ignored(signo)) {
            rt_signals_discard(RT_SIGNAL_BIT(signo));
        }
    }
    if (out_old != NULL) {
        *out_old = old;
    }
    return 0;
}

int rt_signal_action(int signo, const struct sigaction *action, struct sigaction *out_old)
{
    return action_set(signo, action, out_old, NULL);
}

static int action_call(struct rt_thread *self, int signo, const struct sigaction *action,
                       struct sigaction *out_old, void *frame)
{
    if (!signo_valid(signo) || signo == 32 || signo == 33 ||
        (action != NULL && (RT_SIGNALS_UNBLOCKABLE & RT_SIGNAL_BIT(signo)) != 0)) {
        return failed(EINVAL);
    }
    if ((RT_SIGNALS_FAULTS & RT_SIGNAL_BIT(signo)) != 0) {
        return RT_CALL_AT(frame, sigaction, signo, action, out_old);
    }
    rt_step(self, RT_OP_SIGACTION, NULL, frame);
    int result = action_set(signo, action, out_old, frame);
    rt_result(signo);
    return result;
}

int sigaction(int signo, const struct sigaction *restrict action, struct sigaction *restrict old)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? action_call(self, signo, action, old, RT_FRAME)
                        : RT_CALL(sigaction, signo, action, old);
}

static sighandler_t handler_set(struct rt_thread *self, int signo, sighandler_t handler, int flags,
                                void *frame)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    struct sigaction old;
    if ((flags & SA_NODEFER) == 0 && signo_valid(signo)) {
        rt_signals_to(RT_SIGNAL_BIT(signo), &action.sa_mask);
    }
    return action_call(self, signo, &action, &old, frame) == 0 ? old.sa_handler : SIG_ERR;
}

static uint64_t interrupting; /* siginterrupt: signal() is not to restart calls for these */

sighandler_t signal(int signo, sighandler_t handler)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(signal, signo, handler);
    }
    bool interrupts = signo_valid(signo) && (interrupting & RT_SIGNAL_BIT(signo)) != 0;
    return handler_set(self, signo, handler, interrupts ? 0 : SA_RESTART, RT_FRAME);
}

sighandler_t sysv_signal(int signo, sighandler_t handler)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sysv_signal, signo, handler);
    }
    return handler_set(self, signo, handler, (int)(SA_RESETHAND | SA_NODEFER), RT_FRAME);
}

int siginterrupt(int signo, int interrupts)
{
    struct sigaction action;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(siginterrupt, signo, interrupts);
    }
    if (action_call(self, signo, NULL, &action, RT_FRAME) != 0) {
        return -1;
    }
    if (interrupts != 0) {
        interrupting |= RT_SIGNAL_BIT(signo);
        action.sa_flags &= ~SA_RESTART;
    } else {
        interrupting &= ~RT_SIGNAL_BIT(signo);
        action.sa_flags |= SA_RESTART;
    }
    return action_set(signo, &action, NULL, RT_FRAME);
}

/* ---- masks ---- */

static int mask_change(struct rt_thread *self, int how, const sigset_t *set, sigset_t *out_old,
                       void *frame)
{
    uint64_t old = self->signals.mask;
    if (set != NULL) {
        uint64_t signals = rt_signals_from(set);
        if (how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK) {
            return EINVAL;
        }
        rt_step(self, RT_OP_SIGMASK, NULL, frame);
        old = self->signals.mask;
        rt_signals_mask_set(self, how == SIG_BLOCK     ? old | signals
                                  : how == SIG_UNBLOCK ? old & ~signals
                                                       : signals);
    }
    if (out_old != NULL) {
        rt_signals_to(old, out_old);
    }
    rt_signals_settle(self); /* before the call returns */
    return 0;
}

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? mask_change(self, how, set, old, RT_FRAME)
                        : RT_CALL(pthread_sigmask, how, set, old);
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sigprocmask, how, set, old);
    }
    int error = mask_change(self, how, set, old, RT_FRAME);
    return error != 0 ? failed(error) : 0;
}

int sigpending(sigset_t *set)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sigpending, set);
    }
    rt_step(self, RT_OP_SIGPENDING, NULL, RT_FRAME);
    rt_signals_to(rt_signals_pending_of(self), set);
    return 0;
}

/* ---- sending ---- */

static siginfo_t info_make(int signo, int code)
{
    siginfo_t info = { .si_signo = signo, .si_code = code };
    info.si_pid = rt.pid;
    info.si_uid = (uid_t)RT_SYS0(SYS_getuid);
    return info;
}

/* To a thread of ours, or to the process; the step has been taken.  0 or a positive errno. */
static int send_inside(struct rt_thread *self, int signo, uint32_t target, siginfo_t info)
{
    uint64_t bit = RT_SIGNAL_BIT(signo);
    rt_result(signo);
    if (signo == SIGKILL) {
        (void)RT_SYS2(SYS_kill, rt.pid, signo);
        return 0;
    }
    if ((bit & RT_SIGNALS_REAL) != 0) {
        /* Faults are not virtual: to whoever has the turn, or to the thread that is meant. */
        int32_t tid = target == RT_SIGNAL_PROCESS ? self->tid : rt.threads[target].tid;
        return (int)-RT_SYS4(SYS_rt_tgsigqueueinfo, rt.pid, tid, signo, &info);
    }
    int error = rt_signal_send(signo, target, &info, -1);
    if (error == 0) {
        rt_signals_settle(self);
    }
    return error;
}

static bool is_own_process(pid_t pid)
{
    return pid == rt.pid || pid == 0 || pid == -rt.pid;
}

int kill(pid_t pid, int signo)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL || !is_own_process(pid) || !signo_valid(signo)) {
        return RT_CALL(kill, pid, signo);
    }
    rt_step(self, RT_OP_SIGNAL_SEND, NULL, RT_FRAME);
    int error = send_inside(self, signo, RT_SIGNAL_PROCESS, info_make(signo, SI_USER));
    return error != 0 ? failed(error) : 0;
}

int raise(int signo)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(raise, signo);
    }
    rt_step(self, RT_OP_SIGNAL_SEND, NULL, RT_FRAME);
    if (!signo_valid(signo)) {
        return failed(EINVAL);
    }
    int error = send_inside(self, signo, self->number, info_make(signo, SI_TKILL));
    return error != 0 ? failed(error) : 0;
}

/* To the thread with this handle.  0 or a positive errno. */
static int send_handle(struct rt_thread *self, pthread_t handle, int signo, siginfo_t info,
                       void *frame)
{
    struct rt_thread *target = rt_thread_find(handle);
    rt_step(self, RT_OP_SIGNAL_SEND, target, frame);
    if (target == NULL || target->joined) {
        rt_oracle(RT_ORACLE_JOIN, self, "a signal was sent to a thread that does not exist", "");
        return ESRCH;
    }
    if (signo < 0 || signo > RT_SIGNALS_COUNT || signo == 32 || signo == 33) {
        return EINVAL;
    }
    return signo == 0 || target->state == RT_THREAD_ENDED
               ? 0
               : send_inside(self, signo, target->number, info);
}

int pthread_kill(pthread_t handle, int signo)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? send_handle(self, handle, signo, info_make(signo, SI_TKILL), RT_FRAME)
                        : RT_CALL(pthread_kill, handle, signo);
}

int pthread_sigqueue(pthread_t handle, int signo, const union sigval value)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_sigqueue, handle, signo, value);
    }
    siginfo_t info = info_make(signo, SI_QUEUE);
    info.si_value = value;
    return send_handle(self, handle, signo, info, RT_FRAME);
}

int tgkill(pid_t pid, pid_t tid, int signo)
{
    struct rt_thread *self = RT_ENTER();
    struct rt_thread *target = self != NULL ? rt_thread_by_tid(tid) : NULL;
    if (target == NULL || pid != rt.pid || !signo_valid(signo)) {
        return RT_CALL(tgkill, pid, tid, signo);
    }
    rt_step(self, RT_OP_SIGNAL_SEND, target, RT_FRAME);
    if (target->state == RT_THREAD_ENDED) {
        return failed(ESRCH);
    }
    int error = send_inside(self, signo, target->number, info_make(signo, SI_TKILL));
    return error != 0 ? failed(error) : 0;
}

int sigqueue(pid_t pid, int signo, const union sigval value)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL || pid != rt.pid || !signo_valid(signo)) {
        return RT_CALL(sigqueue, pid, signo, value);
    }
    rt_step(self, RT_OP_SIGNAL_SEND, NULL, RT_FRAME);
    siginfo_t info = info_make(signo, SI_QUEUE);
    info.si_value = value;
    int error = send_inside(self, signo, RT_SIGNAL_PROCESS, info);
    return error != 0 ? failed(error) : 0;
}
