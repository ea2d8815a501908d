/* SPDX-License-Identifier: MIT
 *
 * wait.c -- the calls that wait for a child process: they park the thread, not the process.
 *
 * When a child ends is the machine's to say.  So that it does not show, a call that may block parks
 * its thread in any case, and children are only looked at when nobody else can go on (idle.c), as
 * descriptors that lead outside are.  WNOHANG asks the kernel there and then.
 */
#include "wait.h"

#include <errno.h>

#include "../core.h"
#include "../real.h"
#include "../signals.h"
#include "../sys.h"

#define CHILDREN_MAX 256u
#define POLL_PAUSE_NS 100000 /* behind a WNOHANG in vain: else a loop of them outruns the child */

/* What a parked thread waits for, as waitid has it. */
struct wanted {
    idtype_t type;
    id_t id;
    int options;
};

static const char changed; /* wait object: a child */
static struct wanted wanted[RT_THREADS_MAX] RT_LARGE;
static pid_t children[CHILDREN_MAX] RT_LARGE; /* that may live */
static uint32_t children_count;

/* 1: a child has changed, and nobody has waited for it; 0: none has; negative errno. */
static long child_look(const struct wanted *want, int options)
{
    siginfo_t info = { .si_pid = 0 };
    long error = RT_SYS5(SYS_waitid, want->type, want->id, &info,
                         want->options | options | WNOHANG | WNOWAIT, NULL);
    return error != 0 ? error : info.si_pid != 0;
}

void rt_child_made(pid_t pid)
{
    if (rt.on && pid > 0 && children_count < CHILDREN_MAX) {
        children[children_count++] = pid;
    }
}

static bool child_lives(void)
{
    while (children_count > 0) {
        struct wanted last = { P_PID, (id_t)children[children_count - 1], WEXITED };
        if (child_look(&last, __WALL) == 0) {
            return true;
        }
        children_count--;
    }
    return false;
}

bool rt_children_look(void)
{
    bool found = false;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED && thread->wait_object == &changed &&
            child_look(&wanted[thread->number], 0) != 0) {
            rt.control->outside = 1;
            rt_wake_thread(thread, RT_WOKEN);
            found = true;
        }
    }
    return found;
}

bool rt_children_awaited(void)
{
    uint64_t taken = 0;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        const struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED && thread->wait_object == &changed) {
            return true;
        }
        taken |= thread->signals.waits_for | ~thread->signals.mask;
    }
    for (int signo = 1; signo <= RT_SIGNALS_COUNT; signo++) {
        if (rt_signal_is_ignored(signo) || rt_signal_kills(signo)) {
            taken &= ~RT_SIGNAL_BIT(signo);
        }
    }
    return (taken & ~RT_SIGNALS_REAL & rt_signals.expected) != 0 && child_lives();
}

/* Children vanish when they end: whether they already have must not show either. */
static bool children_vanish(void)
{
    const struct sigaction *action = &rt_signals.actions[SIGCHLD];
    return action->sa_handler == SIG_IGN || (action->sa_flags & SA_NOCLDWAIT) != 0;
}

/* Parks self until a child may have changed.  False: a handler has interrupted it. */
static bool child_await(struct rt_thread *self, const struct wanted *want, uint32_t flags,
                        void *frame)
{
    while (child_look(want, 0) >= 0 || children_vanish()) {
        wanted[self->number] = *want;
        enum rt_wake wake = rt_wait(self, &changed, RT_NO_DEADLINE, flags);
        if ((flags & RT_WAIT_CANCELLABLE) != 0) {
            rt_cancel_point(self);
        }
        rt_step_resumed(self, RT_OP_WAITPID, NULL, frame);
        if (wake == RT_INTERRUPTED) {
            return false;
        }
        if (wake != RT_RESTARTED) {
            break;
        }
    }
    return true;
}

/* How many children it was (their numbers are the machine's), or a negative errno.  The SIGCHLD of
 * a child that can be waited for has been sent. */
static long waited(struct rt_thread *self, long result)
{
    static const struct timespec pause = { 0, POLL_PAUSE_NS };
    if (result >= 0) {
        rt.control->outside = 1;
        while (rt_signals_adopt(0)) {
        }
        rt_signals_settle(self);
    }
    if (result == 0) {
        (void)RT_SYS2(SYS_nanosleep, &pause, NULL);
    }
    rt_result(result > 0 ? 1 : (int32_t)-result);
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

#define WAIT_FLAGS (RT_WAIT_CANCELLABLE | RT_WAIT_INTERRUPTIBLE | RT_WAIT_RESTARTS)

static pid_t wait_call(struct rt_thread *self, pid_t pid, int *status, int options,
                       struct rusage *usage, void *frame)
{
    struct wanted want = { P_PID, (id_t)pid, options | WEXITED };
    long result = 0;
    if (pid == -1) {
        want = (struct wanted){ P_ALL, 0, want.options };
    } else if (pid <= 0) {
        want = (struct wanted){ P_PGID, (id_t)-pid, want.options };
    }
    rt_step(self, RT_OP_WAITPID, NULL, frame);
    rt_cancel_point(self);
    do {
        if ((options & WNOHANG) == 0 && !child_await(self, &want, WAIT_FLAGS, frame)) {
            return (pid_t)waited(self, -EINTR);
        }
        result = RT_SYS4(SYS_wait4, pid, status, options | WNOHANG, usage);
    } while (result == 0 && (options & WNOHANG) == 0);
    return (pid_t)waited(self, result);
}

pid_t wait(int *status)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? wait_call(self, -1, status, 0, NULL, RT_FRAME) : RT_CALL(wait, status);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? wait_call(self, pid, status, options, NULL, RT_FRAME)
                        : RT_CALL(waitpid, pid, status, options);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? wait_call(self, -1, status, options, usage, RT_FRAME)
                        : RT_CALL(wait3, status, options, usage);
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? wait_call(self, pid, status, options, usage, RT_FRAME)
                        : RT_CALL(wait4, pid, status, options, usage);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    struct wanted want = { type, id, options };
    siginfo_t mine = { .si_pid = 0 };
    long result = 0;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(waitid, type, id, info, options);
    }
    rt_step(self, RT_OP_WAITPID, NULL, RT_FRAME);
    rt_cancel_point(self);
    do {
        if ((options & WNOHANG) == 0 && !child_await(self, &want, WAIT_FLAGS, RT_FRAME)) {
            return (int)waited(self, -EINTR);
        }
        result = RT_SYS5(SYS_waitid, type, id, &mine, options | WNOHANG, NULL);
    } while (result == 0 && mine.si_pid == 0 && (options & WNOHANG) == 0);
    if (result == 0 && info != NULL) {
        *info = mine;
    }
    result = waited(self, result == 0 ? mine.si_pid != 0 : result);
    return result < 0 ? -1 : 0;
}

int rt_child_await_end(struct rt_thread *self, pid_t pid, void *frame)
{
    const struct wanted want = { P_PID, (id_t)pid, WEXITED };
    int status = -1;
    long result;
    do {
        (void)child_await(self, &want, RT_WAIT_RESTARTS, frame);
        result = RT_SYS4(SYS_wait4, pid, &status, WNOHANG, NULL);
    } while (result == 0);
    (void)waited(self, result);
    return result == pid ? status : -1;
}
