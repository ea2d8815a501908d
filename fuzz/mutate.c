/* SPDX-License-Identifier: MIT
 *
 * mutate.c -- what a fuzzer does to a case.
 *
 * Fresh seeds and new endings of a kept beginning are most of it: measured on toy bugs, they beat
 * every mutation of single choices by far.  A case is valid whatever was done to it, because it is
 * made of bytes again and decoded.
 */
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

static uint64_t draw(struct mutator *mutator)
{
    uint64_t mixed = (mutator->random += UINT64_C(0x9e3779b97f4a7c15));
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

static uint32_t below(struct mutator *mutator, uint32_t bound)
{
    return (uint32_t)(draw(mutator) >> 32) % bound;
}

/* Up to 2^bits - 1, every length equally likely. */
static uint32_t any_length(struct mutator *mutator, uint32_t bits)
{
    return below(mutator, 1u << below(mutator, bits + 1));
}

void mutate_lengths(uint16_t out_lengths[2])
{
    const char *text = getenv("CURFEW_FUZZ_LENGTHS");
    if (text == NULL || sscanf(text, "%hu,%hu", &out_lengths[0], &out_lengths[1]) != 2) {
        out_lengths[0] = out_lengths[1] = 0;
    }
}

bool mutator_init(struct mutator *mutator, uint64_t seed)
{
    const char *text = getenv("CURFEW_FUZZ_SCENARIO");
    struct scenario_error error;
    memset(mutator, 0, sizeof *mutator);
    mutator->random = seed;
    mutate_lengths(mutator->lengths);
    mutator->last = status_last();
    mutator->fixed = text != NULL;
    if (text == NULL || scenario_parse(text, &mutator->scenario, &error) != 0) {
        return text == NULL;
    }
    scenario_forget_anchors(&mutator->scenario);
    return true;
}

/* ---- records ---- */

/* Where a decision was in the last execution, or one behind a phase's end, mostly: elsewhere a
 * record does nothing.  With only_phase, in that one. */
static void record_place(struct mutator *mutator, struct rt_record *record, bool only_phase)
{
    const uint32_t *had = mutator->last != NULL ? mutator->last->phase_decisions : NULL;
    uint32_t phases = 0;
    for (uint32_t at = 0; had != NULL && at < RT_PHASE_COUNT; at++) {
        phases += had[at] > 0;
    }
    if (phases == 0 || below(mutator, 8) == 0) {
        record->phase = only_phase ? record->phase : (uint8_t)below(mutator, RT_PHASE_COUNT);
        record->position = (uint16_t)any_length(mutator, 9);
        return;
    }
    while (!only_phase) {
        record->phase = (uint8_t)below(mutator, RT_PHASE_COUNT);
        only_phase = had[record->phase] > 0;
    }
    uint32_t bound = had[record->phase] + 1;
    record->position = (uint16_t)below(mutator, bound < UINT16_MAX ? bound : UINT16_MAX);
}

static void record_add(struct mutator *mutator, struct execution_case *execution,
                       enum rt_record_kind kind)
{
    if (execution->records_count < RT_RECORDS_MAX) {
        execution->records[execution->records_count++] = (struct rt_record){
            .kind = (uint8_t)kind,
            .argument = (uint8_t)any_length(mutator, 8),
        };
        record_place(mutator, &execution->records[execution->records_count - 1], false);
    }
}

/* A schedule as new as blind's; half of them are edited as the old one was. */
static void draw_seed(struct mutator *mutator, struct execution_case *execution)
{
    execution->seed = draw(mutator);
    if (execution->base == RT_CASE_BASE_rr || below(mutator, 2) == 0) {
        execution->base = below(mutator, RT_CASE_BASE_rr); /* rr has but one schedule */
    }
    if (below(mutator, 2) == 0) {
        execution->records_count = 0;
    }
    if (mutator->lengths[0] != mutator->lengths[1]) {
        execution->expected_steps = mutator->lengths[below(mutator, 2)];
    }
}

/* What lies before stays as it is, what lies behind becomes new. */
static const char *keep_beginning(struct mutator *mutator, struct execution_case *execution)
{
    uint32_t kept = below(mutator, execution->records_count + 1);
    struct rt_record from = { .kind = RT_RECORD_RESEED };
    if (kept < execution->records_count) {
        from = execution->records[kept];
        execution->records_count = kept;
        from.kind = RT_RECORD_RESEED;
        from.argument = (uint8_t)below(mutator, 256);
        execution->records[execution->records_count++] = from;
    } else {
        record_add(mutator, execution, RT_RECORD_RESEED);
    }
    return "keeps the beginning";
}

static const char *edit_record(struct mutator *mutator, struct execution_case *execution)
{
    static const enum rt_record_kind kinds[] = { RT_RECORD_SWITCH,  RT_RECORD_SWITCH,
                                                 RT_RECORD_SIGNAL,  RT_RECORD_SIGNAL,
                                                 RT_RECORD_TIMEOUT, RT_RECORD_CHOOSE };
    uint32_t what = execution->records_count == 0 ? 0 : below(mutator, 8);
    struct rt_record *record =
        &execution
             ->records[execution->records_count == 0 ? 0
                                                     : below(mutator, execution->records_count)];
    switch (what) {
    case 0:
    case 1:
        record_add(mutator, execution, kinds[below(mutator, sizeof kinds / sizeof kinds[0])]);
        return "adds a record";
    case 2:
        record->kind = RT_RECORD_NONE;
        return "drops a record";
    case 3:
        record_place(mutator, record, false);
        return "moves a record to another phase";
    case 4:
        record->argument = (uint8_t)any_length(mutator, 8);
        return "changes an argument";
    case 5:
        record_place(mutator, record, true);
        return "moves a record";
    default:
        record->position =
            (uint16_t)(record->position + any_length(mutator, 4) - any_length(mutator, 4));
        return "moves a record a little";
    }
}

/* ---- the configuration ---- */

static enum scenario_kind plain_kind(struct mutator *mutator)
{
    enum scenario_kind kind;
    do {
        kind = (enum scenario_kind)below(mutator, KIND_COUNT);
    } while ((scenario_kind_words[kind].flags & WORD_DEFECT) != 0);
    return kind;
}

static void edit_workers(struct mutator *mutator, struct scenario *scenario)
{
    uint32_t place = below(mutator, scenario->workers_count);
    switch (below(mutator, 4)) {
    case 0:
        if (scenario->workers_count < 8) {
            scenario->workers[scenario->workers_count++] =
                (struct scenario_workers){ plain_kind(mutator), 1 };
        }
        break;
    case 1:
        if (scenario->workers_count > 1) {
            scenario->workers[place] = scenario->workers[--scenario->workers_count];
        }
        break;
    case 2:
        scenario->workers[place].kind = plain_kind(mutator);
        break;
    default:
        scenario->workers[place].count = 1 + any_length(mutator, 2);
        break;
    }
}

static void edit_signals(struct mutator *mutator, struct scenario *scenario)
{
    static const int numbers[] = { 15, 15, 2, 2, 3, 1, 10, 12 };
    uint32_t count = scenario->signals_count;
    struct scenario_signal *signal = &scenario->signals[count == 0 ? 0 : below(mutator, count)];
    if (count == 0 || (count < 8 && below(mutator, 3) == 0)) {
        signal = &scenario->signals[scenario->signals_count++];
        memset(signal, 0, sizeof *signal);
        signal->count = 1;
        signal->anchor = count == 0 ? ANCHOR_START : ANCHOR_PREVIOUS;
        signal->signo = numbers[below(mutator, 8)];
    } else if (below(mutator, 3) == 0) {
        struct scenario_signal *last = &scenario->signals[--scenario->signals_count];
        signal->signo = last->signo;
        signal->count = last->count;
        memset(last, 0, sizeof *last);
    } else if (below(mutator, 3) == 0) {
        memset(signal->target, 0, sizeof signal->target);
        memcpy(signal->target, "main", below(mutator, 2) * 4);
    } else {
        signal->signo = numbers[below(mutator, 8)];
        signal->count = 1 + any_length(mutator, 2);
    }
}

/* Signals to threads that the scenario does not have go to the process. */
static void targets_mend(struct scenario *scenario)
{
    char text[SCENARIO_TEXT_BYTES];
    struct scenario again;
    struct scenario_error error;
    (void)scenario_format(scenario, text, sizeof text);
    if (scenario_parse(text, &again, &error) != 0) {
        for (uint32_t at = 0; at < scenario->signals_count; at++) {
            memset(scenario->signals[at].target, 0, sizeof scenario->signals[at].target);
        }
    }
}

static const char *edit_scenario(struct mutator *mutator, struct scenario *scenario)
{
    switch (below(mutator, 4)) {
    case 0:
        edit_signals(mutator, scenario);
        return "changes the signals";
    case 1:
        do {
            scenario->main_style = (enum scenario_main)below(mutator, MAIN_COUNT);
        } while ((scenario_main_words[scenario->main_style].flags & WORD_DEFECT) != 0);
        return "changes main's style";
    default:
        edit_workers(mutator, scenario);
        return "changes the workers";
    }
}

static const char *take_parts(struct mutator *mutator, struct execution_case *execution,
                              const struct execution_case *other)
{
    if (!mutator->fixed && execution->is_program == other->is_program && below(mutator, 2) == 0) {
        execution->scenario = other->scenario;
        return "takes another's configuration";
    }
    for (uint32_t at = 0; at < other->records_count; at++) {
        if (execution->records_count < RT_RECORDS_MAX && below(mutator, 2) == 0) {
            execution->records[execution->records_count++] = other->records[at];
        }
    }
    return "takes another's records";
}

/* Makes it one that case_decode could give. */
static void mend(struct execution_case *execution)
{
    if (!execution->is_program) {
        for (uint32_t at = execution->scenario.workers_count; at < SCENARIO_SPECS_MAX; at++) {
            memset(&execution->scenario.workers[at], 0, sizeof execution->scenario.workers[at]);
        }
        targets_mend(&execution->scenario);
    }
    case_sort(execution);
    memset(&execution->records[execution->records_count], 0,
           (RT_RECORDS_MAX - execution->records_count) * sizeof execution->records[0]);
}

const char *mutate(struct mutator *mutator, struct execution_case *execution,
                   const struct execution_case *other)
{
    const char *did = "draws a seed";
    uint32_t what = below(mutator, 100);
    if (mutator->fixed) {
        execution->is_program = false;
        execution->scenario = mutator->scenario;
    }
    if (what < (execution->records_count == 0 ? 40 : 15)) {
        draw_seed(mutator, execution);
    } else if (what < 65) {
        did = keep_beginning(mutator, execution);
    } else if (what < 73 && other != NULL) {
        did = take_parts(mutator, execution, other);
    } else if (what < 83 && !mutator->fixed && !execution->is_program) {
        did = edit_scenario(mutator, &execution->scenario);
    } else {
        for (uint32_t times = 1 + below(mutator, 3); times > 0; times--) {
            did = edit_record(mutator, execution);
        }
    }
    mend(execution);
    return did;
}

void mutate_configuration(struct mutator *mutator, struct execution_case *execution)
{
    for (uint32_t times = 1 + below(mutator, 12); times > 0; times--) {
        (void)edit_scenario(mutator, &execution->scenario);
    }
    mend(execution);
}
