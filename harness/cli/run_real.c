/* SPDX-License-Identifier: MIT
 *
 * run_real.c -- `curfew run --real`: a campaign of free-running threads.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "options.h"
#include "outputs.h"
#include "run.h"

#define DEADLINE_DEFAULT_NS UINT64_C(5000000000)
#define RUNS_DEFAULT 20u

struct real_state {
    struct outputs *outputs;
    const struct targets *targets;
    struct outcomes *outcomes; /* of each target, borrowed; NULL: nobody wants to know */
};

static void tell_execution(void *context, const struct execution *execution,
                           const struct finding *finding)
{
    const struct real_state *state = context;
    if (state->outcomes == NULL) {
        return;
    }
    char *debts = ledger_ends(execution->ledger);
    struct outcome outcome = {
        .earned = finding->earned,
        .early = finding->early,
        .stopped = execution->gave_up || execution->extra_ns != 0,
        .wait_status = execution->wait_status,
        .debts = debts,
    };
    outcomes_add(&state->outcomes[execution->subject - state->targets->subjects], &outcome,
                 execution->number);
    free(debts);
}

static void tell_failure(void *context, const struct campaign_failure *failure)
{
    struct real_state *state = context;
    struct out_failure told = {
        .subject = failure->subject,
        .verdict = failure->finding->verdict,
        .earned = failure->finding->earned,
        .reasons = failure->finding->details,
        .execution = failure->execution->number,
        .seed = failure->execution->seed,
        .real = failure,
    };
    outputs_failure(state->outputs, &told);
}

static void tell_progress(void *context, const struct campaign_progress *progress)
{
    struct real_state *state = context;
    outputs_progress(state->outputs, progress);
}

static int run_campaign(struct real_state *state, const struct campaign_config *config)
{
    struct outputs *outputs = state->outputs;
    struct campaign_result result;
    struct campaign_sink sink = { state, tell_execution, tell_failure, tell_progress };
    outputs_begin(outputs);
    int error = campaign_run(config, &sink, &result);
    outcomes_sort(state->outcomes, state->targets->count);
    if (error != 0 && result.executions == 0) {
        return plain_error(outputs->verb, result.not_executable ? STATUS_USAGE : STATUS_UNJUDGED,
                           "%s", result.message);
    }
    struct out_result told = {
        .executions = result.executions,
        .failures = result.failures,
        .kinds = result.distinct,
        .elapsed_ns = result.elapsed_ns,
        .verdicts = result.verdicts,
        .interrupted = result.interrupted,
        .signals = result.signals,
        .early = result.early,
    };
    outputs_end(outputs, &told);
    if (error != 0) {
        return plain_error(outputs->verb, STATUS_UNJUDGED, "%s", result.message);
    }
    int status = outputs->error != 0 ? STATUS_UNJUDGED
                                     : verdict_exit_status(verdict_of_all(result.verdicts));
    if (result.strays > 0) { /* Whose they were is not known: a leftover, but of which execution? */
        (void)plain_error(outputs->verb, 0,
                          "%" PRIu64
                          " processes left their sessions and were killed at the end: no pass",
                          result.strays);
        status = status == STATUS_PASS ? STATUS_UNJUDGED : status;
    }
    return status;
}

int run_real(const struct run_options *options, const struct targets *targets,
             struct curfew_stop *stop)
{
    uint64_t seed = options->seed;
    if (!options->have_seed && getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        return plain_error(options->verb, STATUS_UNJUDGED, "cannot draw a seed: %s",
                           strerror(errno));
    }
    struct campaign_config config = {
        .subjects = targets->subjects,
        .subjects_count = targets->count,
        .seed = seed,
        .runs = options->runs != 0               ? options->runs
                : options->time_ns != UINT64_MAX ? UINT64_MAX
                                                 : RUNS_DEFAULT,
        .time_ns = options->time_ns,
        .deadline_ns =
            options->deadline_ns != UINT64_MAX ? options->deadline_ns : DEADLINE_DEFAULT_NS,
        .jobs = options->jobs != 0 ? (unsigned)options->jobs : run_cpu_count(),
        .keep_going = options->keep_going,
        .stop = stop,
    };
    struct out_run run = {
        .targets = targets,
        .flavour = options->flavour,
        .signals = options->signals,
        .seed = config.seed,
        .runs = config.runs,
        .time_ns = config.time_ns,
        .jobs = config.jobs,
        .deadline_ns = config.deadline_ns,
        .deadline_default_ns = DEADLINE_DEFAULT_NS,
        .save = options->save,
        .junit = options->junit,
        .quiet = options->quiet,
    };
    struct outcomes *outcomes = options->outcomes ? outcomes_new(targets->count) : NULL;
    if (options->outcomes && outcomes == NULL) {
        return plain_error(options->verb, STATUS_UNJUDGED, "out of memory");
    }
    run.outcomes = outcomes;
    struct outputs outputs = { .run = &run, .verb = options->verb, .stop = stop };
    struct real_state state = { &outputs, targets, outcomes };
    run_outputs(options, &outputs);
    int status = run_campaign(&state, &config);
    outcomes_free(outcomes, targets->count);
    return status;
}
