/* SPDX-License-Identifier: MIT
 *
 * deliver.c -- handlers run: on the thread that takes the signal, at its own step, on a real frame.
 *
 * In the kernel all is blocked.  The thread queues the signal for itself, with the true siginfo,
 * and then makes a call that unblocks just this one and that ThreadSanitizer knows as blocking
 * (ppoll): so its handler runs there and then, in both flavours.  What is installed for real is
 * `trampoline`, which gives the program's handler its virtual masks.  One signal at a time:
 * ThreadSanitizer 14 forgets to unblock signals when it processes two together.  As in the kernel,
 * a second signal that is due when a handler begins runs above it, before its first instruction.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <ucontext.h>

#include "oracles/oracle.h"
#include "oracles/unsafe.h"
#include "posix/wait.h"
#include "real.h"
#include "signals.h"
#include "sys.h"

#pragma GCC poison malloc free printf pthread_mutex_lock

/* One handler that runs; lives on its thread's stack. */
struct rt_signal_frame {
    struct rt_signal_frame *outer;
    const struct rt_signal_entry *entry;
    bool begun;
    bool counted;         /* in rt_unsafe_handlers */
    bool let_in;          /* by sigsuspend, ppoll ...: it interrupts nothing else */
    int error;            /* errno, before the handler and then behind it */
    uint64_t return_mask; /* the virtual mask behind it */
};

/* What the kernel's structure looks like. */
struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

static sigset_t
    admit[RT_SIGNALS_COUNT + 1] RT_LARGE; /* all blocked but this one; read-only after begin */

static uint64_t kernel_mask_set(uint64_t mask)
{
    uint64_t old = 0;
    (void)RT_SYS4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &old, sizeof mask);
    return old;
}

/* ---- the handler ---- */

static void handler_call(const struct sigaction *action, int signo, siginfo_t *info, void *context)
{
    if ((action->sa_flags & SA_SIGINFO) != 0) {
        action->sa_sigaction(signo, info, context);
    } else {
        action->sa_handler(signo);
    }
}

static void trampoline(int signo, siginfo_t *info, void *context)
{
    struct rt_thread *self = rt_self;
    struct sigaction action = rt_signals.actions[signo];
    ucontext_t *user = context;
    int outer_error = errno;
    struct rt_signal_entry real = { signo, RT_SIGNAL_PROCESS, RT_SIGNAL_PROCESS, -1, *info };
    struct rt_signal_frame unforeseen = { .entry = &real, .let_in = true, .error = outer_error };

    if (!rt.on || rt.over || self == NULL || self->state == RT_THREAD_ENDED) {
        handler_call(&action, signo, info, context);
        return;
    }
    if (self != rt.holder) {
        rt_stop(RT_STOP_UNSUPPORTED, self,
                "a signal handler ran while its thread did not have the turn", "", "");
    }
    struct rt_signal_frame *frame = self->signals.frame;
    if (frame == NULL || frame->begun || frame->entry->signo != signo) {
        /* Not ours: libc's abort raises its signal by itself. */
        unforeseen.outer = frame;
        unforeseen.return_mask = self->signals.mask;
        frame = &unforeseen;
        self->signals.frame = frame;
    }
    frame->begun = true;
    (void)kernel_mask_set(~RT_SIGNALS_REAL);
    uint64_t kernel_mask = user->uc_sigmask.__val[0];
    user->uc_sigmask.__val[0] = frame->return_mask;
    if (((unsigned)action.sa_flags & SA_RESETHAND) != 0) {
        rt_signals_changing();
        rt_signals.actions[signo] = (struct sigaction){ .sa_handler = SIG_DFL };
        (void)rt_signal_install(signo, &rt_signals.actions[signo], NULL);
    }
    rt_signals_mask_set(self, self->signals.mask | rt_signals_from(&action.sa_mask) |
                                  ((action.sa_flags & SA_NODEFER) != 0 ? 0 : RT_SIGNAL_BIT(signo)));
    if (rt_signals_deliverable(self)) {
        (void)rt_signals_run(self);
    }
    rt_trace_place(self->number, RT_OP_HANDLER, NULL, (void *)action.sa_handler, signo);
    errno = frame->error;
    frame->counted = !frame->let_in;
    rt_unsafe_handlers += frame->counted;
    handler_call(&action, signo, info, context);
    rt_unsafe_handlers -= frame->counted;
    frame->counted = false;
    if (errno != frame->error && !frame->let_in) {
        rt_oracle(RT_ORACLE_ERRNO, self, "a handler changed errno", "");
    }
    frame->error = errno;
    rt_trace_place(self->number, RT_OP_HANDLER_END, NULL, (void *)action.sa_handler, signo);
    rt_signals_mask_set(self, user->uc_sigmask.__val[0]);
    user->uc_sigmask.__val[0] = kernel_mask;
    if (frame == &unforeseen) {
        self->signals.frame = unforeseen.outer;
        outer_error = unforeseen.error;
    }
    errno = outer_error; /* or ThreadSanitizer says that the handler changed it */
}

bool rt_signals_in_handler(const struct rt_thread *self)
{
    for (const struct rt_signal_frame *frame = self->signals.frame; frame != NULL;
         frame = frame->outer) {
        if (frame->begun && !frame->let_in) {
            return true;
        }
    }
    return false;
}

uint64_t rt_signal_leave(struct rt_thread *self)
{
    struct rt_signal_frame *frame = self->signals.frame;
    rt_unsafe_handlers -= frame->counted;
    self->signals.frame = frame->outer;
    return frame->return_mask;
}

static void handler_run(struct rt_thread *self, const struct rt_signal_entry *entry)
{
    struct rt_thread_signals *signals = &self->signals;
    struct rt_signal_frame frame = { .outer = signals->frame,
                                     .entry = entry,
                                     .let_in = signals->return_mask_set,
                                     .error = errno,
                                     .return_mask = signals->mask };
    enum rt_op op = self->op;
    const void *object = self->object;
    void *const *place = self->frame;
    siginfo_t info = entry->info;

    if (signals->return_mask_set) {
        frame.return_mask = signals->return_mask;
        signals->return_mask_set = false;
    }
    rt_trace_place(self->number, RT_OP_SIGNAL_TAKEN, NULL, place != NULL ? place[1] : NULL,
                   (int32_t)op << 8 | entry->signo);
    rt_signal_fate(entry, RT_SIGNAL_HANDLED, self);
    signals->frame = &frame;
    if (!signals->context_made) {
        /* ThreadSanitizer loses a signal that comes in a thread's very first blocking call. */
        signals->context_made = true;
        (void)RT_REAL(poll)(NULL, 0, 0);
    }
    info.si_signo = entry->signo;
    if (RT_SYS4(SYS_rt_tgsigqueueinfo, rt.pid, self->tid, entry->signo, &info) != 0) {
        rt_stop(RT_STOP_UNSUPPORTED, self, "the kernel did not take a signal", "", "");
    }
    (void)RT_REAL(ppoll)(NULL, 0, NULL, &admit[entry->signo]);
    if (!frame.begun) {
        rt_stop(RT_STOP_INTERNAL, self, "a handler did not run when it should", "", "");
    }
    signals->frame = frame.outer;
    self->op = op;
    self->object = object;
    self->frame = place;
    errno = frame.error;
}

enum rt_signals_ran rt_signals_run(struct rt_thread *self)
{
    enum rt_signals_ran ran = RT_RAN_NONE;
    struct rt_signal_entry entry;
    while (rt_signal_take(self, ~(self->signals.mask | self->signals.waits_for), false, &entry)) {
        const struct sigaction *action = &rt_signals.actions[entry.signo];
        if (rt_signal_is_ignored(entry.signo)) {
            rt_signal_fate(&entry, RT_SIGNAL_IGNORED, self);
        } else if (rt_signal_stops(entry.signo)) {
            rt_signal_fate(&entry, RT_SIGNAL_STOPPED, self);
            rt_signals.stopped = true;
        } else if (action->sa_handler == SIG_DFL) {
            rt_signal_fate(&entry, RT_SIGNAL_TERMINATED, self);
            rt_signal_die(entry.signo);
        } else {
            if (ran == RT_RAN_NONE) {
                ran = (action->sa_flags & SA_RESTART) != 0 ? RT_RAN_RESTARTS : RT_RAN_INTERRUPTS;
            }
            handler_run(self, &entry);
        }
    }
    return ran;
}

/* ---- the kernel's side ---- */

int rt_signal_install(int signo, const struct sigaction *action, void *frame)
{
    struct sigaction real = { .sa_handler = action->sa_handler };
    if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN) {
        real.sa_sigaction = trampoline;
        real.sa_flags = SA_SIGINFO | (action->sa_flags & SA_ONSTACK);
        rt_signals_to(~RT_SIGNALS_REAL, &real.sa_mask);
    }
    return frame != NULL ? RT_CALL_AT(frame, sigaction, signo, &real, NULL)
                         : RT_REAL(sigaction)(signo, &real, NULL);
}

_Noreturn void rt_signal_die(int signo)
{
    struct kernel_action action = { 0 };
    rt_trace_place(RT_ACTOR_ENV, RT_OP_KILLED, NULL, NULL, signo);
    rt_end_killed(signo);
    rt_embed_over();
    (void)RT_SYS4(SYS_rt_sigaction, signo, &action, NULL, sizeof action.mask);
    (void)kernel_mask_set(~(RT_SIGNALS_REAL | RT_SIGNAL_BIT(signo)));
    for (;;) {
        (void)RT_SYS3(SYS_tgkill, rt.pid, RT_SYS0(SYS_gettid), signo);
        (void)RT_SYS1(SYS_exit_group, 128 + signo);
    }
}

void rt_signals_start(void)
{
    for (int signo = 1; signo <= RT_SIGNALS_COUNT; signo++) {
        struct kernel_action action = { 0 };
        rt_signals_to(~(RT_SIGNALS_REAL | RT_SIGNAL_BIT(signo)), &admit[signo]);
        (void)RT_SYS4(SYS_rt_sigaction, signo, NULL, &action, sizeof action.mask);
        rt_signals.actions[signo].sa_handler =
            action.handler == (void *)SIG_IGN ? SIG_IGN : SIG_DFL;
    }
}

void rt_signals_begin(struct rt_thread *self)
{
    self->signals.mask = kernel_mask_set(~RT_SIGNALS_REAL) & ~RT_SIGNALS_REAL;
}

void rt_signals_attach(void)
{
    (void)kernel_mask_set(~RT_SIGNALS_REAL);
}

/* Of the rounds of a loop. */
static struct {
    bool begun;    /* there are such */
    bool changed;  /* actions are not what they were at its begin */
    uint64_t mask; /* main's, before the first one; likewise: */
    uint64_t expected;
} rounds;
static struct sigaction rounds_actions[RT_SIGNALS_COUNT + 1] RT_LARGE; /* of `changed` */

void rt_signals_changing(void)
{
    if (rounds.begun && !rounds.changed) {
        rounds.changed = true;
        memcpy(rounds_actions, rt_signals.actions, sizeof rounds_actions);
    }
}

static void actions_restore(void)
{
    for (int signo = 1; signo <= RT_SIGNALS_COUNT; signo++) {
        const struct sigaction *now = &rt_signals.actions[signo];
        const struct sigaction *first = &rounds_actions[signo];
        if (now->sa_handler != first->sa_handler || now->sa_flags != first->sa_flags) {
            (void)rt_signal_install(signo, first, NULL);
        }
    }
    memcpy(rt_signals.actions, rounds_actions, sizeof rounds_actions);
}

void rt_signals_round(struct rt_thread *self, uint64_t mask)
{
    rt_signals_forget();
    if (!rounds.begun) {
        rounds.begun = true;
        rounds.mask = mask;
        rounds.expected = rt_signals.expected;
    }
    if (rounds.changed) {
        rounds.changed = false;
        actions_restore();
    }
    rt_signals.expected = rounds.expected;
    self->signals.mask = rounds.mask;
}

uint64_t rt_signals_kernel_mask(uint64_t mask)
{
    return kernel_mask_set(mask);
}

/* One at a time: whether another one is there already is chance. */
bool rt_signals_adopt(uint64_t patience_ns)
{
    uint64_t all = ~RT_SIGNALS_REAL;
    struct timespec patience = { 0, (long)patience_ns };
    siginfo_t info;
    int signo;
    do {
        signo = (int)RT_SYS4(SYS_rt_sigtimedwait, &all, &info, &patience, sizeof all);
        if (signo < 0) {
            return false;
        }
    } while (rt_signal_is_dropped(signo, RT_SIGNAL_PROCESS)); /* nothing depends on it */
    if (signo == SIGCHLD) {
        (void)rt_children_look(); /* who waits for the child has it before the handler runs */
    }
    rt.control->outside = 1;
    rt.progress++;
    rt_trace_place(RT_ACTOR_ENV, RT_OP_SIGNAL, NULL, NULL, signo);
    if (rt_signal_send(signo, RT_SIGNAL_PROCESS, &info, -1) != 0) {
        rt_stop(RT_STOP_UNSUPPORTED, NULL, "more than 1024 signals are pending", "", "");
    }
    if (rt_signals.chosen != RT_SIGNAL_PROCESS) {
        rt_trace_result((int32_t)(rt_signals.chosen + 1) << 8 | signo);
    }
    return true;
}

void rt_signals_in_child(const struct rt_thread *self)
{
    (void)kernel_mask_set(self->signals.mask);
}

void rt_signals_pipe(struct rt_thread *self, bool keeps)
{
    static const struct timespec zero;
    uint64_t pipe = RT_SIGNAL_BIT(SIGPIPE);
    siginfo_t info;
    if (RT_SYS4(SYS_rt_sigtimedwait, &pipe, &info, &zero, sizeof pipe) == SIGPIPE && keeps) {
        (void)rt_signal_send(SIGPIPE, self->number, &info, -1);
        rt_signals_settle(self);
    }
}

void rt_signals_settle(struct rt_thread *self)
{
    int saved_errno = errno;
    while (rt_signals_deliverable(self)) {
        (void)rt_signals_run(self);
    }
    errno = saved_errno;
}
