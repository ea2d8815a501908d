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

#define POINTS_MAX (UINT64_C(1) << 24) /* of a stage's fans: about as many as memory should hold */
#define FANS_MAX 16384u
#define FANS_MIN 64u
#define HOLD_STEPS 60000u /* a program that goes on for so long without the signal is endless */

struct sweep {
    const struct sweep_options *options;
    const struct control_options *control; /* of this level; read-only */
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
    memcpy(options->edits, fan->edits, sizeof fan->edits);
    options->edits_count = fan->edits_count;
    options->survey = fan->varies + 1;
}

static void survey_executed(void *context, uint64_t number, const struct control_session *session)
{
    const struct sweep *sweep = context;
    sweep_fan_survey(&sweep->stage->fans[number], control_memory(session));
}

static void survey_progress(void *context, const struct control_progress *progress)
{
    const struct sweep *sweep = context;
    struct control_progress told = {
        .executions = sweep->result->control.executions + progress->executions,
        .executions_total = UINT64_MAX,
        .failures = sweep->result->control.failures,
        .elapsed_ns = now_ns() - sweep->started_ns,
    };
    if (sweep->sink->progress != NULL) {
        sweep->sink->progress(sweep->sink->context, &told);
    }
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
    struct control_sink sink = { sweep, survey_told, survey_progress };
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
    uint64_t total = sweep->stage->total;
    uint64_t placement = sweep->level == SWEEP_SIGNALS ? number : sweep_scatter(number, total);
    options->edits_count = sweep_stage_edits(sweep->stage, placement, options->edits);
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
static int place_all(struct sweep *sweep, enum sweep_level level)
{
    const struct sweep_coverage *before = &sweep->options->before[level];
    struct control_series series = { sweep, place_arrange, NULL };
    struct control_sink sink = { sweep, place_told, place_progress };
    struct control_options options = options_of(sweep);
    struct sweep_coverage *coverage = &sweep->result->coverage[level];
    struct control_result result;
    sweep->level = level;
    coverage->total = sweep->stage->total;
    coverage->done = before->done;
    if (before->total != 0 && before->total != coverage->total) {
        (void)snprintf(sweep->result->control.message, sizeof sweep->result->control.message,
                       "cannot go on: there were %llu %s, now there are %llu: the program has "
                       "changed",
                       (unsigned long long)before->total, sweep_level_word(level),
                       (unsigned long long)coverage->total);
        return -EIO;
    }
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

/* Which signals of the plan are placed: of one that is sent more often, the first and the last. */
static uint32_t movers_of(const struct control_options *options,
                          uint32_t movers[2 * RT_SIGNALS_MAX])
{
    uint32_t count = 0;
    uint32_t signal = 0;
    for (uint32_t at = 0; at < options->signals_count; at++) {
        uint32_t times = options->signals[at].count;
        movers[count++] = signal;
        if (times > 1) {
            movers[count++] = signal + times - 1;
        }
        signal += times;
    }
    return count;
}

static bool fans_of_plan(const struct sweep *sweep, struct sweep_stage *stage)
{
    uint32_t movers[2 * RT_SIGNALS_MAX] = { 0 };
    uint32_t count = movers_of(sweep->control, movers);
    bool added = true;
    /* Without a signal the base schedule alone, for nothing can be placed. */
    for (uint32_t at = 0; at < (count > 0 ? count : 1); at++) {
        struct rt_edit edit = sweep_edit_signal(movers[at]);
        added = added && sweep_fan_add(stage, &edit, 1, 0);
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

static int survey_stage(struct sweep *sweep, struct sweep_stage *stage, bool made)
{
    sweep->stage = stage;
    return made ? survey_all(sweep) : out_of_memory(sweep);
}

/* One signal at each point, the others where the base schedule has them. */
static int level_signals(struct sweep *sweep, struct sweep_stage *stage)
{
    int error = survey_stage(sweep, stage, fans_of_plan(sweep, stage));
    if (error != 0 || is_over(sweep)) {
        return error;
    }
    count_points(sweep, stage);
    return place_all(sweep, SWEEP_SIGNALS);
}

/* ---- levels behind the first: each placement of one stage becomes a fan of the next ---- */

/* So many placements of a stage become fans; where there are more, as many as memory should hold,
 * spread over all. */
static uint64_t fans_wanted(const struct sweep_stage *from)
{
    uint64_t points = 1;
    for (size_t at = 0; at < from->fans_count; at++) {
        points = from->fans[at].points_count > points ? from->fans[at].points_count : points;
    }
    uint64_t most = POINTS_MAX / points > FANS_MIN ? POINTS_MAX / points : FANS_MIN;
    most = most < FANS_MAX ? most : FANS_MAX;
    return from->total < most ? from->total : most;
}

/* Adds the fans that grow out of one stage: `edit` is what varies in them. */
static bool grow(struct sweep_stage *to, const struct sweep_stage *from, struct rt_edit edit,
                 bool before_last)
{
    uint64_t wanted = fans_wanted(from);
    bool added = true;
    for (uint64_t at = 0; at < wanted && added; at++) {
        struct rt_edit edits[RT_EDITS_MAX];
        uint32_t count = sweep_stage_edits(from, sweep_scatter(at, from->total), edits);
        uint32_t place = before_last ? count - 1 : count;
        if (edit.kind == RT_EDIT_SIGNAL && before_last) { /* the last one is placed itself */
            added = sweep_fan_add(to, edits, count, count - 1);
            continue;
        }
        edits[count] = edits[place];
        edits[place] = edit;
        added = sweep_fan_add(to, edits, count + 1, place);
    }
    return added;
}

/* Executes a stage of which there may be more than was made: `all` fans instead of those. */
static int place_stage(struct sweep *sweep, struct sweep_stage *stage, enum sweep_level level,
                       uint64_t all)
{
    if (stage->fans_count < all) {
        sweep->result->coverage[level].about =
            (uint64_t)((double)stage->total / (double)stage->fans_count * (double)all);
    }
    return place_all(sweep, level);
}

/* Two signals of the plan at each pair of points. */
static int level_pairs(struct sweep *sweep)
{
    uint32_t movers[2 * RT_SIGNALS_MAX];
    uint32_t count = movers_of(sweep->control, movers);
    struct sweep_stage stage = { .fans = NULL };
    uint64_t all = 0;
    bool made = true;
    int error = 0;
    for (uint32_t at = 0; at + 1 < count && error == 0 && made && !is_over(sweep); at++) {
        struct sweep_stage first = { .fans = NULL };
        struct rt_edit edit = sweep_edit_signal(movers[at]);
        error = survey_stage(sweep, &first, sweep_fan_add(&first, &edit, 1, 0));
        for (uint32_t other = at + 1; other < count && error == 0 && made; other++) {
            all += first.total;
            made = grow(&stage, &first, sweep_edit_signal(movers[other]), false);
        }
        sweep_stage_fini(&first);
    }
    if (error == 0 && !is_over(sweep)) {
        error = survey_stage(sweep, &stage, made);
    }
    if (error == 0 && !is_over(sweep)) {
        error = place_stage(sweep, &stage, SWEEP_PAIRS, all);
    }
    sweep_stage_fini(&stage);
    return error;
}

/* Switches before a signal that is held back: of each mover of the plan. */
static bool switches_first(const struct sweep_stage *signals, struct sweep_stage *stage)
{
    bool added = true;
    for (size_t at = 0; at < signals->fans_count; at++) {
        struct rt_edit edits[2] = { sweep_edit_switch(), signals->fans[at].edits[0] };
        added = added && sweep_fan_add(stage, edits, 2, 0);
    }
    return added;
}

/* A signal and one more preemption than in `from`; `switches` has all of them before the signal.
 */
static int level_preempted(struct sweep *sweep, struct sweep_stage *from,
                           struct sweep_stage *switches, struct sweep_stage *to,
                           enum sweep_level level)
{
    struct rt_edit signal = sweep_edit_signal(0);
    uint64_t all = from->total + switches->total;
    bool made = grow(to, from, sweep_edit_switch(), false) && grow(to, switches, signal, true);
    int error = survey_stage(sweep, to, made);
    return error != 0 || is_over(sweep) ? error : place_stage(sweep, to, level, all);
}

/* As below, without any signal. */
static int levels_switched(struct sweep *sweep)
{
    struct sweep_stage once = { .fans = NULL };
    struct sweep_stage twice = { .fans = NULL };
    struct rt_edit edit = sweep_edit_switch();
    int error = survey_stage(sweep, &once, sweep_fan_add(&once, &edit, 1, 0));
    if (error == 0 && !is_over(sweep)) {
        error = place_stage(sweep, &once, SWEEP_PREEMPTED, 1);
    }
    if (error == 0 && !is_over(sweep) && sweep->options->preemptions > 1) {
        error = survey_stage(sweep, &twice, grow(&twice, &once, edit, false));
        if (error == 0 && !is_over(sweep)) {
            error = place_stage(sweep, &twice, SWEEP_TWICE_PREEMPTED, once.total);
        }
    }
    sweep_stage_fini(&once);
    sweep_stage_fini(&twice);
    return error;
}

static int levels_preempted(struct sweep *sweep, struct sweep_stage *signals)
{
    struct sweep_stage once = { .fans = NULL };
    struct sweep_stage twice = { .fans = NULL };
    struct sweep_stage switches = { .fans = NULL };
    struct sweep_stage two_switches = { .fans = NULL };
    int error = survey_stage(sweep, &switches, switches_first(signals, &switches));
    if (error == 0 && !is_over(sweep)) {
        error = level_preempted(sweep, signals, &switches, &once, SWEEP_PREEMPTED);
    }
    bool more = error == 0 && !is_over(sweep) && sweep->options->preemptions > 1;
    if (more) {
        bool made = grow(&two_switches, &switches, sweep_edit_switch(), true);
        error = survey_stage(sweep, &two_switches, made);
    }
    if (more && error == 0 && !is_over(sweep)) {
        error = level_preempted(sweep, &once, &two_switches, &twice, SWEEP_TWICE_PREEMPTED);
    }
    sweep_stage_fini(&once);
    sweep_stage_fini(&twice);
    sweep_stage_fini(&switches);
    sweep_stage_fini(&two_switches);
    return error;
}

int control_sweep(const struct sweep_options *options, const struct control_sink *sink,
                  struct sweep_result *out_result)
{
    struct sweep_stage signals = { .fans = NULL };
    struct sweep sweep = {
        .options = options,
        .control = options->control,
        .sink = sink,
        .result = out_result,
        .started_ns = now_ns(),
    };
    uint64_t steps_max = options->control->steps_max;
    *out_result = (struct sweep_result){ .points = 0 };
    memcpy(out_result->coverage, options->before, sizeof out_result->coverage);
    sweep.hold_steps = steps_max / 2 < HOLD_STEPS ? (uint32_t)(steps_max / 2) : HOLD_STEPS;
    for (size_t at = 0; at < options->kinds_count; at++) {
        (void)control_hash_add(&sweep.told, options->kinds[at]);
    }
    int error = level_signals(&sweep, &signals);
    bool more = options->deeper;
    if (error == 0 && more && !is_over(&sweep) && options->pairs != NULL) {
        sweep.control = options->pairs;
        error = level_pairs(&sweep);
        sweep.control = options->control;
    }
    if (error == 0 && more && !is_over(&sweep) && options->preemptions > 0) {
        error = options->control->signals_count > 0 ? levels_preempted(&sweep, &signals)
                                                    : levels_switched(&sweep);
    }
    out_result->control.elapsed_ns = now_ns() - sweep.started_ns;
    sweep_stage_fini(&signals);
    free(sweep.told.slots);
    return error;
}
