/* SPDX-License-Identifier: MIT
 *
 * environment.c -- sends the plan's signals, in the plan's order.
 *
 * A signal to a thread waits until there is such a thread; one to a thread that has ended is
 * skipped, as a sender would get ESRCH.  Of several threads of one name the first that lives gets
 * it.
 */
#include "environment.h"

#include "signals.h"
#include "sys.h"

#define SENDER_PID 1 /* the same in every execution; who stops services has it */

static uint32_t next; /* place in the plan */

static const struct rt_signal *plan_next(void)
{
    const struct rt_control *control = rt.control;
    while (next < control->signals_count &&
           control->signal_reports[next].sent == control->signals[next].count) {
        next++;
    }
    return next < control->signals_count ? &control->signals[next] : NULL;
}

void rt_environment_begin(void)
{
    next = 0;
    for (uint32_t at = 0; at < rt.control->signals_count; at++) {
        rt.control->signal_reports[at] = (struct rt_signal_report){ .thread = RT_SIGNAL_PROCESS };
    }
}

static bool name_equal(const char left[16], const char right[16])
{
    for (uint32_t at = 0; at < 16 && left[at] == right[at]; at++) {
        if (left[at] == '\0') {
            return true;
        }
    }
    return false;
}

/* The thread that is meant, if there is or was one. */
static const struct rt_thread *plan_thread(const struct rt_signal *signal)
{
    const struct rt_thread *found = NULL;
    if (signal->target != RT_SIGNAL_NAMED) {
        return signal->target < rt.threads_count ? &rt.threads[signal->target] : NULL;
    }
    for (uint32_t number = 0; number < rt.threads_count; number++) {
        const struct rt_thread *thread = &rt.threads[number];
        if (name_equal(thread->name, signal->name) &&
            (found == NULL || found->state == RT_THREAD_ENDED)) {
            found = thread;
        }
    }
    return found;
}

bool rt_environment_pending(void)
{
    if (next >= rt.control->signals_count) {
        return false;
    }
    const struct rt_signal *signal = plan_next();
    return signal != NULL && (signal->target == RT_SIGNAL_PROCESS || plan_thread(signal) != NULL);
}

uint32_t rt_environment_able(void)
{
    const struct rt_signal *signal = plan_next();
    return signal->target == RT_SIGNAL_PROCESS ? rt_signal_able(signal->signo) : 1;
}

/* A survey wants to know who could take a signal that it holds back to the last. */
static void survey_last(void)
{
    struct rt_control *control = rt.control;
    const struct rt_edit *edit = &control->edits[control->survey > 0 ? control->survey - 1 : 0];
    if (control->survey != 0 && edit->kind == RT_EDIT_SIGNAL &&
        rt_environment_sent() == edit->signal && control->points_cut == 0) {
        control->point_last = rt_environment_able();
    }
}

void rt_environment_act(void)
{
    survey_last();
    const struct rt_signal *signal = plan_next();
    struct rt_signal_report *report = &rt.control->signal_reports[next];
    siginfo_t info = { .si_signo = signal->signo, .si_code = SI_USER };
    int plan = (int)next;
    const struct rt_thread *target =
        signal->target == RT_SIGNAL_PROCESS ? NULL : plan_thread(signal);

    info.si_pid = SENDER_PID;
    if (signal->signo == SIGTERM || signal->signo == SIGINT || signal->signo == SIGQUIT) {
        rt.control->stop_sent = 1;
    }
    report->sent_step = rt.steps;
    rt_trace_place(RT_ACTOR_ENV, RT_OP_SIGNAL, target, NULL, signal->signo);
    report->sent++;
    if (target != NULL && target->state == RT_THREAD_ENDED) {
        report->fate = RT_SIGNAL_GONE;
        return;
    }
    if (rt_signal_send(signal->signo, target != NULL ? target->number : RT_SIGNAL_PROCESS, &info,
                       plan) != 0) {
        rt_stop(RT_STOP_UNSUPPORTED, NULL, "more than 1024 signals are pending", "", "");
    }
    if (rt_signals.chosen != RT_SIGNAL_PROCESS) {
        rt_trace_result((int32_t)(rt_signals.chosen + 1) << 8 | signal->signo);
    }
}

uint32_t rt_environment_sent(void)
{
    uint32_t sent = 0;
    for (uint32_t at = 0; at < rt.control->signals_count; at++) {
        sent += rt.control->signal_reports[at].sent;
    }
    return sent;
}

bool rt_environment_lost(void)
{
    rt_signals_report();
    for (uint32_t at = 0; at < rt.control->signals_count; at++) {
        const struct rt_signal_report *report = &rt.control->signal_reports[at];
        if (report->fate == RT_SIGNAL_PENDING && !report->expected) {
            return true;
        }
    }
    return false;
}
