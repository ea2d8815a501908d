/* SPDX-License-Identifier: MIT
 *
 * sweep.c -- `curfew sweep`: its options, and a sweep of each subject in turn.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "curfew/base.h"
#include "outputs.h"
#include "run_table.h"
#include "sweep_state.h"
#include "values.h"

#define SAVE_DEFAULT "seeds"
#define PREEMPTIONS_DEFAULT 2u
#define STATE_NS UINT64_C(1000000000) /* how often the state is written */

static const struct poptOption table[] = {
    OPTION_FLAG(OPTION_ALL, "all", "all good scenarios of the catalogue (the default)"),
    OPTION_VALUE(OPTION_TIME, "time",
                 "go on to pairs and preemptions until then: 500ms, 60s, 5m, 2h", "TIME"),
    OPTION_VALUE(OPTION_RUNS, "runs",
                 "go on to pairs and preemptions, up to so many executions per scenario or program",
                 "N"),
    OPTION_VALUE(OPTION_SEED, "seed",
                 "of the random numbers that the program draws, decimal or 0x (default 1)", "S"),
    OPTION_VALUE(OPTION_SIGNALS, "signals",
                 "which: TERM, INT,INT, HUP,TERM; TERM>2 to that thread (default: the scenario's; "
                 "for a program TERM)",
                 "PLAN"),
    OPTION_VALUE(OPTION_POINTS, "points",
                 "what is a step: sync (calls, atomics, volatiles; the default) or access (every "
                 "memory access, too)",
                 "WHERE"),
    RUN_ROWS_EXECUTION,
    OPTION_VALUE(OPTION_DEADLINE, "deadline", "from the first stop signal to the end", "TIME"),
    RUN_ROWS_PARTS,
    OPTION_VALUE(OPTION_PREEMPTIONS, "preemptions",
                 "how many threads are preempted besides a signal, at most: 0 to 2 (default 2)",
                 "N"),
    OPTION_VALUE(OPTION_RESUME, "resume",
                 "keep what was done in this file, and go on from there if it is there", "FILE"),
    OPTION_VALUE(OPTION_EXPECT_STATUS, "expect-status",
                 "exit status of a program (default 0); 128+n also means death by signal n", "N"),
    OPTION_VALUE(OPTION_FLAVOUR, "flavour",
                 "scenario program: " CONTROL_FLAVOUR_WORDS " (default tsan)", "NAME"),
    OPTION_VALUE(OPTION_SAVE, "save",
                 "where a seed file per distinct failure goes (default " SAVE_DEFAULT ")", "DIR"),
    RUN_ROWS_TOLD,
    OPTION_HIDDEN(OPTION_HASHES, "hashes", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_TRACES, "traces", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_PATIENCE, "patience", POPT_ARG_STRING),
    OPTION_HIDDEN(OPTION_CPU_MS, "cpu-ms", POPT_ARG_STRING),
    OPTIONS_END,
};

struct sweep_state {
    const struct run_options *options;
    struct outputs *outputs;
    struct subject *subject; /* whose turn it is */
    size_t index;            /* ... and its place */
    struct sweep_result *results;
    struct sweep_kinds *kinds;
    struct sweep_progress progress; /* --resume */
    uint64_t written_ns;
    struct out_result total;
    uint64_t started_ns;
};

/* What only tests ask for. */
static void print_extras(const struct run_options *options, const struct control_record *record)
{
    if (options->hashes) {
        (void)printf("number=%" PRIu64 " %s steps=%" PRIu64 " hash=%016" PRIx64 "\n",
                     record->number, verdict_word(record->outcome.verdict), record->outcome.steps,
                     record->outcome.hash);
    }
    if (options->all_traces && record->trace != NULL) {
        (void)fputs(record->trace, stdout);
    }
}

static void tell_execution(void *context, const struct control_record *record)
{
    struct sweep_state *state = context;
    struct subject *subject = state->subject;
    subject->executions++;
    subject->steps += record->outcome.steps;
    subject->signals += record->outcome.signals;
    subject->early += record->outcome.early ? 1 : 0;
    subject->failures += record->is_failure ? 1 : 0;
    subject->verdicts |= VERDICT_BIT(record->outcome.verdict);
    print_extras(state->options, record);
    if (record->is_failure && record->is_new) {
        (void)sweep_kinds_add(&state->kinds[state->index], record->kind);
        struct out_failure told = out_failure_of(subject, record);
        outputs_failure(state->outputs, &told);
    }
}

/* Errors end the sweep: a state that is not kept is no state. */
static void write_state(struct sweep_state *state)
{
    const char *path = state->options->resume;
    int status = path != NULL ? sweep_state_write(path, &state->progress) : 0;
    state->written_ns = curfew_deadline_after(0);
    if (status != 0 && state->outputs->error == 0) {
        state->outputs->error = status;
        (void)plain_error(state->outputs->verb, STATUS_UNJUDGED, "cannot write '%s': %s", path,
                          strerror(-status));
        (void)curfew_stop_request(state->outputs->stop, CURFEW_REASON_REQUEST);
    }
}

static void tell_progress(void *context, const struct control_progress *progress)
{
    struct sweep_state *state = context;
    const struct out_run *run = state->outputs->run;
    struct campaign_progress told = {
        .executions = state->total.executions + progress->executions,
        .executions_total = run->targets->count > 1 ? UINT64_MAX : progress->executions_total,
        .failures = state->total.failures + progress->failures,
        .elapsed_ns = curfew_deadline_after(0) - state->started_ns,
        .time_ns = run->time_ns,
    };
    outputs_progress(state->outputs, &told);
    if (curfew_deadline_after(0) - state->written_ns > STATE_NS) {
        write_state(state);
    }
}

/* A program that no signal met while it could handle it has proved nothing. */
static void doubt(struct subject *subject, const struct sweep_result *result)
{
    if (result->coverage[SWEEP_SIGNALS].done > 0 && subject->signals > 0 &&
        subject->early == subject->executions) {
        subject->verdicts |= VERDICT_BIT(VERDICT_UNSUPPORTED);
        (void)snprintf(subject->reason, sizeof subject->reason,
                       "each signal ended it by its default action: it handles none");
    }
}

/* A plan of at least two signals: the same, or its only signal twice. */
struct pairs {
    struct control_options control;
    struct scenario scenario;
    char **argv; /* owned; NULL: the subject's */
};

static bool pairs_make(const struct subject *subject, const struct control_options *control,
                       struct pairs *pairs)
{
    char text[SCENARIO_TEXT_BYTES];
    pairs->control = *control;
    pairs->argv = NULL;
    if (control->signals_count == 0) {
        return false;
    }
    if (control->signals_count > 1 || control->signals[0].count > 1) {
        return true;
    }
    pairs->control.signals[0].count = 2;
    if (!subject->is_scenario) {
        return true;
    }
    pairs->scenario = subject->scenario;
    pairs->scenario.signals[0].count = 2;
    (void)scenario_format(&pairs->scenario, text, sizeof text);
    pairs->argv = targets_scenario_argv(subject->path, text);
    pairs->control.argv = pairs->argv;
    pairs->control.scenario = &pairs->scenario;
    return pairs->argv != NULL;
}

static void pairs_fini(struct pairs *pairs)
{
    for (char **arg = pairs->argv; arg != NULL && *arg != NULL; arg++) {
        free(*arg);
    }
    free(pairs->argv);
}

/* What the engine is asked for: the subject's own, and what was done before. */
static void options_fill(const struct sweep_state *state, struct control_options *control,
                         struct sweep_options *options)
{
    const struct out_run *run = state->outputs->run;
    const struct sweep_kinds *kinds = &state->kinds[state->index];
    uint64_t elapsed = curfew_deadline_after(0) - state->started_ns;
    control->argv = state->subject->argv;
    control->expect_status = state->subject->expect_status;
    control->scenario = state->subject->is_scenario ? &state->subject->scenario : NULL;
    if (control->scenario != NULL) {
        control_signals_of(control->scenario, control);
    }
    if (run->time_ns != UINT64_MAX) {
        control->time_ns = run->time_ns > elapsed
                               ? (run->time_ns - elapsed) / (run->targets->count - state->index)
                               : 0;
    }
    options->control = control;
    options->deeper = state->options->runs != 0 || run->time_ns != UINT64_MAX;
    options->preemptions = (state->options->given & UINT64_C(1) << OPTION_PREEMPTIONS) != 0
                               ? state->options->preemptions
                               : PREEMPTIONS_DEFAULT;
    memcpy(options->before, state->results[state->index].coverage, sizeof options->before);
    options->kinds_count = kinds->count;
    options->kinds = malloc((kinds->count + 1) * sizeof options->kinds[0]);
    if (options->kinds == NULL || kinds->count == 0) {
        options->kinds_count = 0;
    } else {
        memcpy((void *)options->kinds, kinds->kinds, kinds->count * sizeof options->kinds[0]);
    }
}

/* The sweep of one subject.  Returns -1, or the exit status when it cannot go on. */
static int sweep_subject(struct sweep_state *state)
{
    struct control_options control = *state->outputs->run->control;
    struct sweep_options options = { .control = &control };
    struct control_sink sink = { state, tell_execution, tell_progress };
    struct sweep_result *result = &state->results[state->index];
    struct pairs pairs;
    options_fill(state, &control, &options);
    if (pairs_make(state->subject, &control, &pairs)) {
        options.pairs = &pairs.control;
    }
    int error = control_sweep(&options, &sink, result);
    pairs_fini(&pairs);
    free((void *)options.kinds);
    out_result_add(&state->total, &result->control);
    state->subject->distinct = result->control.distinct;
    doubt(state->subject, result);
    state->total.verdicts |= state->subject->verdicts;
    write_state(state);
    if (error == 0) {
        return -1;
    }
    return plain_error(state->outputs->verb, error == -EINVAL ? STATUS_USAGE : STATUS_UNJUDGED,
                       "%s", result->control.message);
}

/* Everything on which the numbers of executions depend, as text.
 *   Owns:    the caller owns it; NULL: no memory. */
static char *identity_of(const struct sweep_state *state, const struct targets *targets)
{
    const struct control_options *control = state->outputs->run->control;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return NULL;
    }
    (void)fprintf(file,
                  "seed=%" PRIu64 " access=%d steps=%" PRIu64
                  " cpus=%u oracles=%x deadline=%" PRIu64 " shard=%" PRIu64 "/%" PRIu64 " signals=",
                  control->seed, control->points_access, control->steps_max, control->cpus,
                  control->oracles, control->deadline_ns, control->shard, control->shards);
    control_signals_print(control->signals, control->signals_count, file);
    for (size_t index = 0; index < targets->count; index++) {
        const struct subject *subject = &targets->subjects[index];
        struct stat status = { 0 };
        (void)stat(subject->path, &status);
        (void)fprintf(file, " %s=%d (%lld bytes of %lld.%09ld)", subject->text,
                      subject->expect_status, (long long)status.st_size,
                      (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    }
    return fclose(file) == 0 ? text : NULL;
}

static int sweep_subjects(struct sweep_state *state, struct targets *targets)
{
    struct outputs *outputs = state->outputs;
    int status = -1;
    char error[512];
    state->progress = (struct sweep_progress){ identity_of(state, targets), targets->subjects,
                                               state->results, state->kinds, targets->count };
    if (state->progress.identity == NULL) {
        return plain_error(outputs->verb, STATUS_UNJUDGED, "out of memory");
    }
    if (state->options->resume != NULL &&
        sweep_state_read(state->options->resume, &state->progress, error) != 0) {
        return usage_error(outputs->verb, "%s", error);
    }
    outputs_begin(outputs);
    state->started_ns = curfew_deadline_after(0);
    for (size_t index = 0; index < targets->count && status < 0; index++) {
        state->subject = &targets->subjects[index];
        state->index = index;
        status = sweep_subject(state);
        if (curfew_stop_is_requested(outputs->stop)) {
            break;
        }
    }
    state->total.elapsed_ns = curfew_deadline_after(0) - state->started_ns;
    return outputs_finish(outputs, &state->total, status);
}

static int run_sweep(const struct run_options *options, struct targets *targets,
                     struct curfew_stop *stop)
{
    struct control_options control = run_control_options(options, stop);
    char error[512];
    control.runs = options->runs != 0 ? options->runs : UINT64_MAX;
    control.strategy = "sweep";
    if (!targets->subjects[0].is_scenario && options->signals == NULL) {
        (void)control_signals_parse("TERM", control.signals, &control.signals_count, error);
    }
    struct sweep_state state = {
        .options = options,
        .results = calloc(targets->count, sizeof(struct sweep_result)),
        .kinds = calloc(targets->count, sizeof(struct sweep_kinds)),
    };
    if (state.results == NULL || state.kinds == NULL) {
        return plain_error(options->verb, STATUS_UNJUDGED, "out of memory");
    }
    struct out_run run = run_control_out(options, &control, targets);
    run.sweep = state.results;
    struct outputs outputs = { .run = &run, .verb = options->verb, .stop = stop };
    state.outputs = &outputs;
    run_outputs(options, &outputs);
    int status = sweep_subjects(&state, targets);
    for (size_t index = 0; index < targets->count; index++) {
        free(state.kinds[index].kinds);
    }
    free(state.kinds);
    free(state.results);
    free((void *)state.progress.identity);
    return status;
}

int verb_sweep(const struct verb *verb, const struct arguments *arguments)
{
    return run_main(verb, arguments, table, run_sweep, SAVE_DEFAULT);
}
