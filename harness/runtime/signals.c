/* SPDX-License-Identifier: MIT
 *
 * signals.c -- what is pending, for whom, and who is to take it.
 *
 * A signal to the process is given to a thread at once if there is one that does not block it, or
 * that waits for it: which is a decision, since the kernel may choose any.  Otherwise it stays with
 * the process until some thread unblocks or accepts it.  A thread takes it at its next step.
 */
#include "signals.h"

#include <errno.h>

#include "posix/signalfd.h"
#include "posix/timer.h"
#include "sys.h"

#define ENTRIES_MAX 1024u

struct rt_signals rt_signals RT_LARGE;

static struct rt_signal_entry entries[ENTRIES_MAX] RT_LARGE; /* in order of arrival */
static uint32_t entries_count;

static const uint64_t default_ignored = RT_SIGNAL_BIT(SIGCHLD) | RT_SIGNAL_BIT(SIGCONT) |
                                        RT_SIGNAL_BIT(SIGURG) | RT_SIGNAL_BIT(SIGWINCH);
static const uint64_t default_stops = RT_SIGNAL_BIT(SIGSTOP) | RT_SIGNAL_BIT(SIGTSTP) |
                                      RT_SIGNAL_BIT(SIGTTIN) | RT_SIGNAL_BIT(SIGTTOU);

bool rt_signal_is_ignored(int signo)
{
    const struct sigaction *action = &rt_signals.actions[signo];
    return action->sa_handler == SIG_IGN ||
           (action->sa_handler == SIG_DFL && (default_ignored & RT_SIGNAL_BIT(signo)) != 0);
}

bool rt_signal_kills(int signo)
{
    return rt_signals.actions[signo].sa_handler == SIG_DFL &&
           ((default_ignored | default_stops) & RT_SIGNAL_BIT(signo)) == 0;
}

bool rt_signal_stops(int signo)
{
    return rt_signals.actions[signo].sa_handler == SIG_DFL &&
           (default_stops & RT_SIGNAL_BIT(signo)) != 0;
}

void rt_signal_fate(const struct rt_signal_entry *entry, enum rt_signal_fate fate,
                    const struct rt_thread *by)
{
    if (entry->plan < 0) {
        return;
    }
    struct rt_signal_report *report = &rt.control->signal_reports[entry->plan];
    report->fate = fate;
    if (fate != RT_SIGNAL_PENDING) {
        report->taken +=
            fate == RT_SIGNAL_HANDLED || fate == RT_SIGNAL_ACCEPTED || fate == RT_SIGNAL_IGNORED;
        report->taken_step = rt.steps;
        report->thread = by != NULL ? by->number : RT_SIGNAL_PROCESS;
    }
}

void rt_signals_forget(void)
{
    entries_count = 0;
    rt_signals.pending = 0;
    rt_signals.stopped = false;
    rt_signalfd_refresh(0);
}

void rt_signals_report(void)
{
    struct rt_control *control = rt.control;
    for (uint32_t at = 0; at < control->signals_count; at++) {
        control->signal_reports[at].expected =
            (rt_signals.expected & RT_SIGNAL_BIT(control->signals[at].signo)) != 0;
    }
}

/* The sets follow from the list. */
static void pending_count(void)
{
    uint64_t all = 0;
    rt_signals.pending = 0;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        rt.threads[rt.live[at]].signals.pending = 0;
    }
    for (uint32_t at = 0; at < entries_count; at++) {
        all |= RT_SIGNAL_BIT(entries[at].signo);
        if (entries[at].chosen == RT_SIGNAL_PROCESS) {
            rt_signals.pending |= RT_SIGNAL_BIT(entries[at].signo);
        } else {
            rt.threads[entries[at].chosen].signals.pending |= RT_SIGNAL_BIT(entries[at].signo);
        }
    }
    rt_signalfd_refresh(all);
}

static void entry_remove(uint32_t at)
{
    entries_count--;
    for (; at < entries_count; at++) {
        entries[at] = entries[at + 1];
    }
}

/* ---- who takes it ---- */

static uint32_t able[RT_THREADS_MAX] RT_LARGE;

/* The threads that can take a signal to the process now.  Returns how many. */
static uint32_t able_find(int signo)
{
    uint64_t bit = RT_SIGNAL_BIT(signo);
    uint32_t count = 0;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        const struct rt_thread *thread = &rt.threads[rt.live[at]];
        if ((thread->signals.mask & bit) == 0 || (thread->signals.waits_for & bit) != 0) {
            able[count++] = thread->number;
        }
    }
    return count;
}

/* Gives a signal to the process to one of the threads that can take it now, if there is any. */
static void entry_choose(struct rt_signal_entry *entry)
{
    uint32_t count = able_find(entry->signo);
    entry->chosen = RT_SIGNAL_PROCESS;
    if (count > 0) {
        entry->chosen = able[rt_choose(rt.holder, count)];
    }
}

uint32_t rt_signal_able(int signo)
{
    uint32_t count = able_find(signo);
    bool decided = rt_signal_is_dropped(signo, RT_SIGNAL_PROCESS) ||
                   (signo < SIGRTMIN && rt_signal_is_pending(signo, RT_SIGNAL_PROCESS)) ||
                   rt_signal_kills(signo);
    return decided || count == 0 ? 1 : count;
}

/* The thread that is to take it need not wait any longer. */
static void entry_wake(const struct rt_signal_entry *entry)
{
    if (entry->chosen == RT_SIGNAL_PROCESS) {
        return;
    }
    struct rt_thread *thread = &rt.threads[entry->chosen];
    uint64_t bit = RT_SIGNAL_BIT(entry->signo);
    if ((thread->signals.waits_for & bit) != 0) {
        if (thread->state == RT_THREAD_BLOCKED) {
            rt_wake_thread(thread, RT_WOKEN);
        }
    } else if ((thread->signals.mask & bit) == 0) {
        rt_wake_signalled(thread);
    }
}

void rt_signals_mask_set(struct rt_thread *self, uint64_t mask)
{
    self->signals.mask = mask & ~(RT_SIGNALS_REAL | RT_SIGNALS_UNBLOCKABLE);
    if ((self->signals.pending & self->signals.mask) == 0) {
        return;
    }
    /* What was to be taken by this thread may now be another's. */
    for (uint32_t at = 0; at < entries_count; at++) {
        struct rt_signal_entry *entry = &entries[at];
        if (entry->target == RT_SIGNAL_PROCESS && entry->chosen == self->number &&
            (self->signals.mask & RT_SIGNAL_BIT(entry->signo)) != 0) {
            entry_choose(entry);
            entry_wake(entry);
        }
    }
    pending_count();
}

void rt_signals_mask_swap(struct rt_thread *self, const sigset_t *mask)
{
    self->signals.return_mask = self->signals.mask;
    self->signals.return_mask_set = true;
    rt_signals_mask_set(self, rt_signals_from(mask));
}

void rt_signals_mask_return(struct rt_thread *self)
{
    if (self->signals.return_mask_set) {
        self->signals.return_mask_set = false;
        rt_signals_mask_set(self, self->signals.return_mask);
    }
}

void rt_signals_thread_ended(struct rt_thread *thread)
{
    if (entries_count == 0) {
        return;
    }
    for (uint32_t at = entries_count; at > 0; at--) {
        struct rt_signal_entry *entry = &entries[at - 1];
        if (entry->target == thread->number) {
            rt_signal_fate(entry, RT_SIGNAL_GONE, NULL);
            entry_remove(at - 1);
        } else if (entry->chosen == thread->number) {
            entry_choose(entry);
            entry_wake(entry);
        }
    }
    thread->signals.pending = 0;
    pending_count();
}

/* ---- sending and taking ---- */

static bool is_queued(int signo, uint32_t target)
{
    for (uint32_t at = 0; at < entries_count; at++) {
        if (entries[at].signo == signo && entries[at].target == target) {
            return true;
        }
    }
    return false;
}

/* As the kernel: whether a signal to the process is ignored goes by the first thread's mask. */
bool rt_signal_is_dropped(int signo, uint32_t target)
{
    const struct rt_thread *thread = &rt.threads[target == RT_SIGNAL_PROCESS ? 0 : target];
    uint64_t bit = RT_SIGNAL_BIT(signo);
    return rt_signal_is_ignored(signo) &&
           ((thread->signals.mask | thread->signals.waits_for) & bit) == 0;
}

int rt_signal_send(int signo, uint32_t target, const siginfo_t *info, int plan)
{
    struct rt_signal_entry entry = { signo, target, target, plan, *info };
    if (signo == SIGCONT) {
        rt_signals_discard(default_stops);
        rt_signals.stopped = false;
    } else if ((default_stops & RT_SIGNAL_BIT(signo)) != 0) {
        rt_signals_discard(RT_SIGNAL_BIT(SIGCONT));
    }
    rt_signals.chosen = RT_SIGNAL_PROCESS;
    if (rt_signal_is_dropped(signo, target)) {
        rt_signal_fate(&entry, RT_SIGNAL_IGNORED, NULL);
        return 0;
    }
    if (signo < SIGRTMIN && is_queued(signo, target)) {
        rt_signal_fate(&entry, RT_SIGNAL_COALESCED, NULL);
        if (plan >= 0) {
            rt.control->signal_reports[plan].taken_step = 0;
        }
        return 0;
    }
    if (entries_count == ENTRIES_MAX) {
        return EAGAIN;
    }
    if (target == RT_SIGNAL_PROCESS) {
        entry_choose(&entry);
    }
    if (entry.chosen != RT_SIGNAL_PROCESS && rt_signal_kills(signo) &&
        (rt.threads[entry.chosen].signals.mask & RT_SIGNAL_BIT(signo)) == 0) {
        rt_signal_fate(&entry, RT_SIGNAL_TERMINATED, &rt.threads[entry.chosen]);
        rt_signal_die(signo); /* at once, as in the kernel */
    }
    rt_signal_fate(&entry, RT_SIGNAL_PENDING, NULL);
    rt_signals.chosen = entry.chosen;
    entries[entries_count++] = entry;
    pending_count();
    rt_signalfd_sent(RT_SIGNAL_BIT(signo));
    entry_wake(&entry);
    return 0;
}

bool rt_signal_take(struct rt_thread *self, uint64_t signals, bool accepts,
                    struct rt_signal_entry *out_entry)
{
    /* The kernel's order: the thread's own before the process's, then by number, then by age. */
    const struct rt_signal_entry *best = NULL;
    for (uint32_t at = 0; at < entries_count; at++) {
        const struct rt_signal_entry *entry = &entries[at];
        bool own = entry->target == self->number;
        bool mine = entry->chosen == self->number || entry->chosen == RT_SIGNAL_PROCESS ||
                    (accepts && entry->target == RT_SIGNAL_PROCESS);
        if ((signals & RT_SIGNAL_BIT(entry->signo)) == 0 || !mine) {
            continue;
        }
        if (best == NULL || (own && best->target != self->number) ||
            (own == (best->target == self->number) && entry->signo < best->signo)) {
            best = entry;
        }
    }
    if (best == NULL) {
        return false;
    }
    *out_entry = *best;
    if (best->info.si_code == SI_TIMER) {
        rt_timer_taken(best->info.si_timerid, best->info.si_overrun);
    }
    entry_remove((uint32_t)(best - entries));
    pending_count();
    return true;
}

bool rt_signal_is_pending(int signo, uint32_t target)
{
    return is_queued(signo, target);
}

void rt_signal_overrun(int signo, uint32_t target, int overrun)
{
    for (uint32_t at = 0; at < entries_count; at++) {
        if (entries[at].signo == signo && entries[at].target == target &&
            entries[at].info.si_code == SI_TIMER) {
            entries[at].info.si_overrun = overrun;
        }
    }
}

uint64_t rt_signals_pending_of(const struct rt_thread *self)
{
    uint64_t pending = 0;
    for (uint32_t at = 0; at < entries_count; at++) {
        if (entries[at].target == self->number || entries[at].target == RT_SIGNAL_PROCESS) {
            pending |= RT_SIGNAL_BIT(entries[at].signo);
        }
    }
    return pending & self->signals.mask;
}

void rt_signals_discard(uint64_t signals)
{
    for (uint32_t at = entries_count; at > 0; at--) {
        if ((signals & RT_SIGNAL_BIT(entries[at - 1].signo)) != 0) {
            rt_signal_fate(&entries[at - 1], RT_SIGNAL_IGNORED, NULL);
            entry_remove(at - 1);
        }
    }
    pending_count();
}
