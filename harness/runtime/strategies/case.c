/* SPDX-License-Identifier: MIT
 *
 * case.c -- the schedule of a base strategy, edited by records: switch here, a new seed from here
 * on, the signal now.
 *
 * A position counts decisions from the begin of a phase of the program's life, so that an edit in
 * one phase does not move those of later ones.  Without records the decisions are those of the base
 * strategy.  As long as records will send signals, nobody else does; but what was left for a phase
 * that never comes is made up for, or a program that polls would run for ever.
 */
#include "../environment.h"
#include "../strategy.h"
#include "moments.h"

#define BUSY_STEPS 1000u /* so many steps without a signal that a record is to send */
#define NOBODY UINT32_MAX

static const struct rt_strategy *const bases[] = {
#define X(name) &rt_strategy_##name,
    RT_CASE_BASES(X)
#undef X
};

static const struct rt_strategy *base;
static uint64_t seed_now;
static uint32_t next;          /* record */
static uint32_t signals_ahead; /* records from `next` on that send one */
static enum rt_phase phase;
static uint32_t position;     /* decisions in this phase */
static uint32_t ended_before; /* threads, when the phase STOPPING began */
static uint64_t acted;        /* at which step the environment did so last */
static bool choice_given;
static bool choice_passes; /* ... for this one decision only */
static uint32_t choice;

static const char *case_begin(uint64_t seed, const char *params)
{
    const struct rt_control *control = rt.control;
    next = signals_ahead = position = ended_before = 0;
    phase = RT_PHASE_START;
    seed_now = seed;
    acted = 0;
    choice_given = false;
    if (params[0] != '\0' || control->case_base >= RT_CASE_BASE_COUNT ||
        control->records_count > RT_RECORDS_MAX) {
        return "strategy 'case' takes no parameters";
    }
    for (uint32_t at = 0; at < control->records_count; at++) {
        signals_ahead += control->records[at].kind == RT_RECORD_SIGNAL;
    }
    for (uint32_t at = 0; at < RT_PHASE_COUNT; at++) {
        rt.control->phase_decisions[at] = 0;
    }
    base = bases[control->case_base];
    return base->begin(seed, "");
}

static enum rt_phase phase_now(void)
{
    const struct rt_thread *first = &rt.threads[0];
    if (phase == RT_PHASE_EXIT || first->state == RT_THREAD_ENDED || first->op == RT_OP_EXIT ||
        first->op == RT_OP_EXIT_HANDLER || rt.holder->op == RT_OP_EXIT) {
        return RT_PHASE_EXIT;
    }
    if (phase >= RT_PHASE_STOPPING || rt.control->signals_count == 0) {
        bool joins = first->op == RT_OP_JOIN || first->op == RT_OP_TIMEDJOIN;
        bool ended = rt.threads_count - rt.live_count > ended_before;
        return phase == RT_PHASE_JOINING || joins || ended         ? RT_PHASE_JOINING
               : rt.threads_count > 1 && phase < RT_PHASE_STOPPING ? RT_PHASE_RUNNING
                                                                   : phase;
    }
    if (rt_environment_sent() > 0) {
        return RT_PHASE_STOPPING;
    }
    return rt.threads_count > 1 ? RT_PHASE_RUNNING : RT_PHASE_START;
}

static void phase_move(void)
{
    enum rt_phase now = phase_now();
    if (now > phase) {
        phase = now;
        position = 0;
        if (now == RT_PHASE_STOPPING) {
            ended_before = rt.threads_count - rt.live_count;
        }
    }
}

static uint32_t actor_find(const struct rt_choice *enabled, uint32_t enabled_count, uint32_t actor)
{
    for (uint32_t at = 0; at < enabled_count; at++) {
        if (enabled[at].actor == actor) {
            return at;
        }
    }
    return NOBODY;
}

/* Another thread than the current one. */
static uint32_t record_switch(const struct rt_choice *enabled, uint32_t enabled_count,
                              uint32_t current, uint32_t argument)
{
    uint32_t others = 0;
    for (uint32_t at = 0; at < enabled_count; at++) {
        others += enabled[at].actor < RT_THREADS_MAX && enabled[at].actor != current;
    }
    uint32_t wanted = others > 0 ? argument % others : NOBODY;
    for (uint32_t at = 0; at < enabled_count; at++) {
        if (enabled[at].actor < RT_THREADS_MAX && enabled[at].actor != current && wanted-- == 0) {
            return at;
        }
    }
    return NOBODY;
}

static void record_reseed(const struct rt_record *record)
{
    uint64_t what =
        (uint64_t)record->phase << 24 | (uint64_t)record->position << 8 | record->argument;
    struct rt_random spread = { what };
    struct rt_random mixed = rt_random_stream(seed_now ^ rt_random_next(&spread), 11);
    seed_now = rt_random_next(&mixed);
    rt_moments_begin(seed_now);
    (void)base->begin(seed_now, "");
}

/* What the record says about who goes next; NOBODY: nothing. */
static uint32_t record_act(const struct rt_record *record, const struct rt_choice *enabled,
                           uint32_t enabled_count, uint32_t current)
{
    uint32_t found = NOBODY;
    switch ((enum rt_record_kind)record->kind) {
    case RT_RECORD_SWITCH:
        return record_switch(enabled, enabled_count, current, record->argument);
    case RT_RECORD_RESEED:
        record_reseed(record);
        break;
    case RT_RECORD_SIGNAL:
        found = actor_find(enabled, enabled_count, RT_ACTOR_ENV);
        choice_given = choice_passes = found != NOBODY;
        choice = record->argument;
        break;
    case RT_RECORD_TIMEOUT:
        return actor_find(enabled, enabled_count, RT_ACTOR_CLOCK);
    case RT_RECORD_CHOOSE:
        choice_given = true;
        choice_passes = false;
        choice = record->argument;
        break;
    case RT_RECORD_NONE:
    case RT_RECORD_COUNT:
        break;
    }
    return found;
}

/* The records of this decision; the last that says who goes next has its way. */
static uint32_t records_act(const struct rt_choice *enabled, uint32_t enabled_count,
                            uint32_t current)
{
    const struct rt_control *control = rt.control;
    uint32_t index = NOBODY;
    choice_given = choice_given && !choice_passes;
    for (; next < control->records_count; next++) {
        const struct rt_record *record = &control->records[next];
        if (record->phase > phase || (record->phase == phase && record->position > position)) {
            break;
        }
        signals_ahead -= record->kind == RT_RECORD_SIGNAL;
        if (record->phase == phase && record->position == position) {
            uint32_t found = record_act(record, enabled, enabled_count, current);
            index = found != NOBODY ? found : index;
        }
    }
    rt.control->phase_decisions[phase] = ++position;
    return index;
}

static uint32_t case_pick(const struct rt_choice *enabled, uint32_t enabled_count, uint32_t current)
{
    phase_move();
    uint32_t index = records_act(enabled, enabled_count, current);
    uint32_t last = enabled_count - 1;
    bool environment = enabled[last].actor == RT_ACTOR_ENV;
    if (index == NOBODY && environment && (signals_ahead > 0 || !base->environment)) {
        bool clock = last > 0 && enabled[last - 1].actor == RT_ACTOR_CLOCK;
        bool due = signals_ahead > 0 ? rt.steps >= acted + BUSY_STEPS
                                     : rt_moments_due(last == (clock ? 1 : 0), clock);
        index = due ? last : last > 1 ? base->pick(enabled, last, current) : 0;
    } else if (index == NOBODY) {
        index = base->pick(enabled, enabled_count, current);
    }
    if (enabled[index].actor == RT_ACTOR_ENV) {
        acted = rt.steps;
    }
    return index;
}

static uint32_t case_choose(uint32_t count)
{
    if (choice_given) {
        choice_given = false;
        return choice % count;
    }
    return base->choose(count);
}

static void case_demote(uint32_t actor)
{
    if (base->demote != NULL) {
        base->demote(actor);
    }
}

const struct rt_strategy rt_strategy_case = { "case",      case_begin,  case_pick,
                                              case_choose, case_demote, true };
