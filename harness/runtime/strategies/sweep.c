/* SPDX-License-Identifier: MIT
 *
 * sweep.c -- the base schedule, edited at numbered decisions: what `curfew sweep` enumerates.
 *
 * Decisions are counted from the start of the execution.  A signal that an edit is to place is held
 * back until its decision; with RT_EDIT_LAST, until nobody else can go on.  Whatever no edit says
 * goes as in rr: a signal is sent when no thread can go on, before time moves.  A survey writes
 * down where one of the edits could be.  (Rejected: strategy `case`.  Its positions count from a
 * phase and end at 65535, and it cannot say who gets a signal that comes when nobody can go on.)
 */
#include "../environment.h"
#include "../strategy.h"

#define BUSY_STEPS 1000u /* as rr */

static uint32_t decisions;
static uint32_t next;     /* edit */
static uint32_t sent;     /* signals, at the last decision */
static uint64_t acted;    /* at which step the environment did so last */
static bool choice_given; /* to whom an edit's signal goes */
static uint32_t choice;

static const char *sweep_begin(uint64_t seed, const char *params)
{
    const struct rt_control *control = rt.control;
    decisions = next = sent = 0;
    acted = 0;
    choice_given = false;
    rt.control->points_count = rt.control->points_cut = rt.control->point_last = 0;
    if (params[0] != '\0' || control->edits_count > RT_EDITS_MAX) {
        return "strategy 'sweep' takes no parameters";
    }
    return rt_strategy_rr.begin(seed, "");
}

/* The next edit that places a signal; NULL: none is left. */
static const struct rt_edit *edit_of_signal(void)
{
    const struct rt_control *control = rt.control;
    for (uint32_t at = next; at < control->edits_count; at++) {
        if (control->edits[at].kind == RT_EDIT_SIGNAL) {
            return &control->edits[at];
        }
    }
    return NULL;
}

static bool holds(void)
{
    const struct rt_edit *edit = edit_of_signal();
    return edit != NULL && rt_environment_sent() >= edit->signal;
}

/* Has the environment acted without being asked for, since nobody else could go on?  Then that was
 * the moment of an edit that waits for it. */
static bool last_has_come(void)
{
    const struct rt_control *control = rt.control;
    const struct rt_edit *edit = &control->edits[next];
    return next < control->edits_count && edit->kind == RT_EDIT_SIGNAL &&
           edit->decision == RT_EDIT_LAST && rt_environment_sent() > sent &&
           rt_environment_sent() > edit->signal;
}

/* Who goes next by the base schedule. */
static uint32_t base_pick(const struct rt_choice *enabled, uint32_t count, uint32_t current)
{
    bool environment = enabled[count - 1].actor == RT_ACTOR_ENV;
    uint32_t others = count - environment;
    if (environment && holds() && rt.steps < acted + rt.control->hold_steps) {
        environment = false;
    }
    bool idle = others == 0 || enabled[0].actor >= RT_THREADS_MAX;
    if (environment && (idle || rt.steps >= acted + BUSY_STEPS)) {
        rt.control->points_cut |= holds() && others > 0;
        return count - 1;
    }
    return others > 1 ? rt_strategy_rr.pick(enabled, others, current) : 0;
}

/* Where the last edit could be: here, and who could be meant. */
static void survey(const struct rt_choice *enabled, uint32_t count, uint32_t base)
{
    struct rt_control *control = rt.control;
    if (control->survey == 0 || next + 1 != control->survey) {
        return;
    }
    const struct rt_edit *edit = &control->edits[next];
    const struct rt_edit *ahead = edit_of_signal();
    if (ahead != NULL && rt_environment_sent() > ahead->signal) {
        return; /* what comes behind the signal is another survey's */
    }
    struct rt_point point = { decisions, 0, 0 };
    if (edit->kind == RT_EDIT_SIGNAL) {
        point.able =
            enabled[count - 1].actor == RT_ACTOR_ENV && rt_environment_sent() == edit->signal
                ? rt_environment_able()
                : 0;
    } else if (enabled[base].actor < RT_THREADS_MAX) {
        for (uint32_t at = 0; at < count && enabled[at].actor < RT_THREADS_MAX; at++) {
            point.able += at != base;
        }
    }
    point.step = (uint32_t)rt.steps;
    if (point.able > 0 && control->points_count < RT_POINTS_MAX) {
        control->points[control->points_count++] = point;
    } else if (point.able > 0) {
        control->points_cut = 1;
    }
}

/* Another thread than the base schedule's; the argument says which of them. */
static uint32_t switch_pick(const struct rt_choice *enabled, uint32_t count, uint32_t base,
                            uint32_t argument)
{
    for (uint32_t at = 0; at < count && enabled[at].actor < RT_THREADS_MAX; at++) {
        if (at != base && argument-- == 0) {
            return at;
        }
    }
    return base;
}

static uint32_t sweep_pick(const struct rt_choice *enabled, uint32_t count, uint32_t current)
{
    const struct rt_control *control = rt.control;
    next += last_has_come();
    choice_given = false;
    uint32_t index = base_pick(enabled, count, current);
    survey(enabled, count, index);
    if (next < control->edits_count && control->edits[next].decision == decisions) {
        const struct rt_edit *edit = &control->edits[next++];
        bool environment = enabled[count - 1].actor == RT_ACTOR_ENV;
        if (edit->kind == RT_EDIT_SWITCH) {
            index = switch_pick(enabled, count, index, edit->argument);
        } else if (environment) {
            index = count - 1;
            choice_given = true;
            choice = edit->argument;
        }
    }
    decisions++;
    sent = rt_environment_sent();
    if (enabled[index].actor == RT_ACTOR_ENV) {
        acted = rt.steps;
        sent++;
    }
    return index;
}

static uint32_t sweep_choose(uint32_t count)
{
    if (last_has_come()) {
        choice_given = true;
        choice = rt.control->edits[next++].argument;
        sent = rt_environment_sent();
    }
    if (choice_given) {
        choice_given = false;
        return choice % count;
    }
    return 0;
}

const struct rt_strategy rt_strategy_sweep = { "sweep",      sweep_begin, sweep_pick,
                                               sweep_choose, NULL,        true };
