/* SPDX-License-Identifier: MIT
 *
 * run_control.c -- `curfew run` without --real: a campaign under control for each subject in turn.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "curfew/base.h"
#include "files.h"
#include "options.h"
#include "outputs.h"
#include "run.h"

#define RUNS_DEFAULT 1000u
#define TIME_DEFAULT_NS UINT64_C(10000000000)
#define SEED_DEFAULT 1u /* the same for everyone: the first try of two people gives one result */

struct campaign_state {
    const struct run_options *options;
    struct outputs *outputs;
    struct subject *subject;   /* whose turn it is */
    struct outcomes *outcomes; /* of each subject, borrowed; NULL: nobody wants to know */
    struct out_result total;
    uint64_t started_ns;
    uint64_t runs; /* of each subject */
};

/* What only tests ask for: of each execution, not of failures. */
static void print_extras(const struct run_options *options, const struct control_record *record)
{
    const struct control_outcome *outcome = &record->outcome;
    if (options->hashes) {
        (void)printf("seed=%" PRIu64 " %s steps=%" PRIu64 " hash=%016" PRIx64 "\n", outcome->seed,
                     verdict_word(outcome->verdict), outcome->steps, outcome->hash);
    }
    if (options->all_traces && record->trace != NULL && !(record->is_failure && record->is_new)) {
        (void)fputs(record->trace, stdout);
    }
    if (options->outputs && record->output != NULL) {
        (void)fwrite(record->output, 1, record->output_size, stdout);
    }
    if (options->control.keeps_reports && record->is_failure && !record->is_new &&
        record->report != NULL) {
        (void)fputs(record->report, stdout);
    }
}

static void tally(struct campaign_state *state, const struct control_record *record)
{
    size_t index = (size_t)(state->subject - state->outputs->run->targets->subjects);
    struct outcome outcome = {
        .earned = record->outcome.earned & ~VERDICT_BIT(VERDICT_PASS),
        .early = record->outcome.early,
        .stopped = record->outcome.stopped,
        .wait_status = record->outcome.wait_status,
        .debts = record->ends,
    };
    outcomes_add(&state->outcomes[index], &outcome, record->number);
}

static void tell_execution(void *context, const struct control_record *record)
{
    struct campaign_state *state = context;
    struct subject *subject = state->subject;
    subject->executions++;
    subject->steps += record->outcome.steps;
    subject->failures += record->is_failure ? 1 : 0;
    subject->verdicts |= VERDICT_BIT(record->outcome.verdict);
    if (state->outcomes != NULL) {
        tally(state, record);
    }
    print_extras(state->options, record);
    if (record->is_failure && record->is_new) {
        struct out_failure told = out_failure_of(subject, record);
        outputs_failure(state->outputs, &told);
    }
}

static void tell_progress(void *context, const struct control_progress *progress)
{
    struct campaign_state *state = context;
    const struct out_run *run = state->outputs->run;
    struct campaign_progress told = {
        .executions = state->total.executions + progress->executions,
        .executions_total = state->runs == UINT64_MAX || run->targets->count > 1
                                ? UINT64_MAX
                                : progress->executions_total,
        .failures = state->total.failures + progress->failures,
        .elapsed_ns = curfew_deadline_after(0) - state->started_ns,
        .time_ns = run->targets->count > 1 && run->time_is_each ? UINT64_MAX : run->time_ns,
    };
    outputs_progress(state->outputs, &told);
}

/* The time that the next subject may take: its share of what is left, or the default. */
static uint64_t time_of_next(const struct campaign_state *state, size_t left)
{
    const struct out_run *run = state->outputs->run;
    if (run->time_is_each || run->time_ns == UINT64_MAX) {
        return run->time_ns;
    }
    uint64_t elapsed = curfew_deadline_after(0) - state->started_ns;
    return run->time_ns > elapsed ? (run->time_ns - elapsed) / left : 0;
}

/* The campaign of one subject.  Returns -1, or the exit status of a campaign that cannot go on. */
static int run_subject(struct campaign_state *state, size_t left)
{
    const struct out_run *run = state->outputs->run;
    struct control_options options = *run->control;
    struct control_sink sink = { state, tell_execution, tell_progress };
    struct control_result result;
    options.argv = state->subject->argv;
    options.expect_status = state->subject->expect_status;
    options.scenario = state->subject->is_scenario ? &state->subject->scenario : NULL;
    if (options.scenario != NULL) {
        control_signals_of(options.scenario, &options);
    }
    options.time_ns = time_of_next(state, left);
    int error = control_campaign(&options, &sink, &result);
    out_result_add(&state->total, &result);
    state->subject->distinct = result.distinct;
    if (error == 0) {
        return -1;
    }
    return plain_error(state->outputs->verb, error == -EINVAL ? STATUS_USAGE : STATUS_UNJUDGED,
                       "%s", result.message);
}

static int run_subjects(struct outputs *outputs, struct campaign_state *state,
                        struct targets *targets)
{
    int status = -1;
    outputs_begin(outputs);
    state->started_ns = curfew_deadline_after(0);
    for (size_t index = 0; index < targets->count && status < 0; index++) {
        state->subject = &targets->subjects[index];
        status = run_subject(state, targets->count - index);
        if (curfew_stop_is_requested(outputs->stop)) {
            break;
        }
    }
    state->total.elapsed_ns = curfew_deadline_after(0) - state->started_ns;
    outcomes_sort(state->outcomes, targets->count);
    return outputs_finish(outputs, &state->total, status);
}

struct control_options run_control_options(const struct run_options *options,
                                           struct curfew_stop *stop)
{
    struct control_options control = options->control;
    control.seed = options->have_seed ? options->seed : SEED_DEFAULT;
    control.jobs = options->jobs != 0 ? (unsigned)options->jobs : run_cpu_count();
    control.keeps_traces = options->all_traces ? CONTROL_KEEPS_ALL
                           : options->traces   ? CONTROL_KEEPS_NEW
                                               : CONTROL_KEEPS_NONE;
    control.stopped = run_is_stopped;
    control.stopped_context = stop;
    return control;
}

struct out_run run_control_out(const struct run_options *options,
                               const struct control_options *control, const struct targets *targets)
{
    return (struct out_run){
        .control = control,
        .targets = targets,
        .flavour = options->flavour,
        .signals = options->signals,
        .seed = control->seed,
        .runs = control->runs,
        .time_ns = options->time_ns,
        .jobs = control->jobs,
        .deadline_ns = options->deadline_ns,
        .deadline_default_ns = UINT64_MAX,
        .save = options->save,
        .junit = options->junit,
        .quiet = options->quiet,
    };
}

int run_control(const struct run_options *options, struct targets *targets,
                struct curfew_stop *stop)
{
    bool bounded = options->runs != 0 || options->time_ns != UINT64_MAX;
    struct control_options control = run_control_options(options, stop);
    control.runs = options->runs != 0 ? options->runs : bounded ? UINT64_MAX : RUNS_DEFAULT;
    control.keep_going = options->keep_going;
    control.keeps_outputs = options->outputs;
    control.keeps_ends = options->outcomes;
    if (options->strategy != NULL) {
        control.strategy = options->strategy;
    }
    struct out_run run = run_control_out(options, &control, targets);
    if (!bounded) {
        run.time_ns = TIME_DEFAULT_NS;
        run.time_is_each = true;
    }
    struct outcomes *outcomes = options->outcomes ? outcomes_new(targets->count) : NULL;
    if (options->outcomes && outcomes == NULL) {
        return plain_error(options->verb, STATUS_UNJUDGED, "out of memory");
    }
    run.outcomes = outcomes;
    struct outputs outputs = { .run = &run, .verb = options->verb, .stop = stop };
    struct campaign_state state = {
        .options = options, .outputs = &outputs, .outcomes = outcomes, .runs = control.runs
    };
    run_outputs(options, &outputs);
    int status = run_subjects(&outputs, &state, targets);
    outcomes_free(outcomes, targets->count);
    return status;
}
