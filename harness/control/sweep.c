/* SPDX-License-Identifier: MIT
 *
 * sweep.c -- levels, one after the other, each a campaign of placements that were counted first.
 *
 * A level's fans are surveyed (one execution each, whose verdict does not count), then its
 * placements are executed.  All of it is deterministic, so every shard counts the same.
 */
#include "sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session.h"
#include "sweep_stage.h"

#define HOLD_STEPS 60000u /* a program that goes on for so long without the signal is endless */

struct sweep {
    const struct control_options *control; /* read-only */
    const struct control_sink *sink;
    struct sweep_result *result;
    struct control_hashes told; /* kinds of failure */
    uint64_t started_ns;
    enum sweep_level level;
    struct sweep_stage *stage; /* read-only while placements are executed */
    uint32_t hold_steps;
};

const char *sweep_level_word(enum sweep_level level)
{
    static const char *const words[] = {
#define X(name, word) word,
        SWEEP_LEVELS(X)
#undef X
    };
    return words[level];
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- what both kinds of campaigns do ---- */

static struct control_options options_of(const struct sweep *sweep)
{
    struct control_options options = *sweep->control;
    uint64_t elapsed_ns = now_ns() - sweep->started_ns;
    options.strategy = "sweep";
    options.keep_going = true;
    options.hold_steps = sweep->hold_steps;
    if (options.time_ns != UINT64_MAX) {
        options.time_ns = options.time_ns > elapsed_ns ? options.time_ns - elapsed_ns : 0;
    }
    return options;
}

static void add_result(struct sweep *sweep, const struct control_result *from)
{
    struct control_result *to = &sweep->result->control;
    to->executions += from->executions;
    to->steps += from->steps;
    to->distinct += from->distinct;
    to->outside += from->outside;
    to->failures += from->failures;
    to->signals += from->signals;
    to->early += from->early;
    to->verdicts |= from->verdicts;
}

static void add_end(struct sweep *sweep, const struct control_result *from)
{
    struct control_result *to = &sweep->result->control;
    to->interrupted = to->interrupted || from->interrupted;
    to->out_of_time = to->out_of_time || from->out_of_time;
    if (from->message[0] != '\0') {
        memcpy(to->message, from->message, sizeof to->message);
    }
}

static bool is_over(const struct sweep *sweep)
{
    const struct control_result *result = &sweep->result->control;
    return result->interrupted || result->out_of_time || result->executions >= sweep->control->runs;
}

/* ---- surveys ---- */

static void survey_arrange(void *context, uint64_t number, struct control_options *options)
{
    const struct sweep *sweep = context;
    const struct sweep_fan *fan = &sweep->stage->fans[number];
    memcpy(options->edits, fan->edits, sizeof options->edits);
    options->edits_count = fan->edits_count;
    options->survey = true;
}

static void survey_executed(void *context, uint64_t number, const struct control_session *session)
{
    const struct sweep *sweep = context;
    sweep_fan_survey(&sweep->stage->fans[number], control_memory(session));
}

static void survey_told(void *context, const struct control_record *record)
{
    (void)context;
    (void)record;
}

/* Surveys all fans.  The result says whether it came to the end. */
static int survey_all(struct sweep *sweep)
{
    struct control_series series = { sweep, survey_arrange, survey_executed };
    struct control_sink sink = { sweep, survey_told, NULL };
    struct control_options options = options_of(sweep);
    struct control_result result;
    options.runs = sweep->stage->fans_count;
    options.shard = 0;
    options.shards = 1;
    options.first = 0;
    options.series = &series;
    int error = control_campaign(&options, &sink, &result);
    add_end(sweep, &result);
    sweep_stage_count(sweep->stage);
    return error;
}

/* ---- placements ---- */

static void place_arrange(void *context, uint64_t number, struct control_options *options)
{
    const struct sweep *sweep = context;
    options->edits_count = sweep_stage_edits(sweep->stage, number, options->edits);
}

static void place_told(void *context, const struct control_record *record)
{
    struct sweep *sweep = context;
    struct sweep_result *result = sweep->result;
    struct control_record copy = *record;
    copy.is_new = record->is_new && control_hash_add(&sweep->told, record->kind);
    result->control.kinds += copy.is_new ? 1 : 0;
    result->coverage[sweep->level].done++;
    sweep->sink->execution(sweep->sink->context, &copy);
}

static void place_progress(void *context, const struct control_progress *progress)
{
    const struct sweep *sweep = context;
    const struct control_result *result = &sweep->result->control;
    const struct sweep_coverage *coverage = &sweep->result->coverage[sweep->level];
    uint64_t left = coverage->mine - coverage->done;
    struct control_progress told = {
        .executions = result->executions + progress->executions,
        .executions_total = result->executions + progress->executions + left,
        .failures = result->failures + progress->failures,
        .elapsed_ns = now_ns() - sweep->started_ns,
    };
    if (sweep->control->runs < told.executions_total) {
        told.executions_total = sweep->control->runs;
    }
    if (sweep->sink->progress != NULL) {
        sweep->sink->progress(sweep->sink->context, &told);
    }
}

static uint64_t share_of(const struct control_options *options, uint64_t total)
{
    return total > options->shard ? (total - options->shard + options->shards - 1) / options->shards
                                  : 0;
}

/* Executes this shard's placements, or as many as are left to do. */
static int place_all(struct sweep *sweep)
{
    struct control_series series = { sweep, place_arrange, NULL };
    struct control_sink sink = { sweep, place_told, place_progress };
    struct control_options options = options_of(sweep);
    struct sweep_coverage *coverage = &sweep->result->coverage[sweep->level];
    struct control_result result;
    coverage->total = sweep->stage->total;
    coverage->mine = share_of(&options, coverage->total);
    uint64_t left = sweep->control->runs - sweep->result->control.executions;
    uint64_t until = coverage->done + left < left ? UINT64_MAX : coverage->done + left;
    options.series = &series;
    options.first = coverage->done;
    options.runs = until < coverage->mine ? until * options.shards : coverage->total;
    if (coverage->done >= coverage->mine) {
        return 0;
    }
    int error = control_campaign(&options, &sink, &result);
    add_result(sweep, &result);
    add_end(sweep, &result);
    return error;
}

/* ---- levels ---- */

static uint32_t signals_of(const struct control_options *options)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < options->signals_count; at++) {
        count += options->signals[at].count;
    }
    return count;
}

/* A fan for each signal of the plan; of one that is sent more often, for the first and the last. */
static bool fans_of_plan(const struct sweep *sweep, struct sweep_stage *stage)
{
    const struct control_options *options = sweep->control;
    uint32_t signal = 0;
    bool added = true;
    for (uint32_t at = 0; at < options->signals_count; at++) {
        uint32_t count = options->signals[at].count;
        added = added && sweep_fan_add(stage, NULL, 0, RT_EDIT_SIGNAL, signal);
        if (count > 1) {
            added = added && sweep_fan_add(stage, NULL, 0, RT_EDIT_SIGNAL, signal + count - 1);
        }
        signal += count;
    }
    if (signals_of(options) == 0) { /* the base schedule alone, for nothing can be placed */
        added = sweep_fan_add(stage, NULL, 0, RT_EDIT_SIGNAL, 0);
    }
    return added;
}

static int out_of_memory(struct sweep *sweep)
{
    (void)snprintf(sweep->result->control.message, sizeof sweep->result->control.message,
                   "out of memory");
    return -EIO;
}

static void count_points(struct sweep *sweep, const struct sweep_stage *stage)
{
    for (size_t at = 0; at < stage->fans_count; at++) {
        const struct sweep_fan *fan = &stage->fans[at];
        sweep->result->points += fan->points_count + (fan->last > 0);
        sweep->result->endless = sweep->result->endless || fan->cut;
    }
}

/* One signal at each point, the others where the base schedule has them. */
static int level_signals(struct sweep *sweep, struct sweep_stage *stage)
{
    sweep->level = SWEEP_SIGNALS;
    sweep->stage = stage;
    if (!fans_of_plan(sweep, stage)) {
        return out_of_memory(sweep);
    }
    int error = survey_all(sweep);
    if (error != 0 || is_over(sweep)) {
        return error;
    }
    count_points(sweep, stage);
    return place_all(sweep);
}

int control_sweep(const struct sweep_options *options, const struct control_sink *sink,
                  struct sweep_result *out_result)
{
    struct sweep_stage signals = { .fans = NULL };
    struct sweep sweep = {
        .control = options->control,
        .sink = sink,
        .result = out_result,
        .started_ns = now_ns(),
    };
    uint64_t steps_max = options->control->steps_max;
    *out_result = (struct sweep_result){ .points = 0 };
    sweep.hold_steps = steps_max / 2 < HOLD_STEPS ? (uint32_t)(steps_max / 2) : HOLD_STEPS;
    int error = level_signals(&sweep, &signals);
    out_result->control.elapsed_ns = now_ns() - sweep.started_ns;
    sweep_stage_fini(&signals);
    free(sweep.told.slots);
    return error;
}
