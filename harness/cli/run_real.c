/* SPDX-License-Identifier: MIT
 *
 * run_real.c -- `curfew run --real`: a campaign of free-running threads.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "options.h"
#include "outputs.h"
#include "run.h"

#define DEADLINE_DEFAULT_NS UINT64_C(5000000000)
#define RUNS_DEFAULT 20u

static void tell_failure(void *context, const struct campaign_failure *failure)
{
    struct out_failure told = {
        .subject = failure->subject,
        .verdict = failure->finding->verdict,
        .earned = failure->finding->earned,
        .reasons = failure->finding->details,
        .execution = failure->execution->number,
        .seed = failure->execution->seed,
        .real = failure,
    };
    outputs_failure(context, &told);
}

static void tell_progress(void *context, const struct campaign_progress *progress)
{
    outputs_progress(context, progress);
}

static int run_campaign(struct outputs *outputs, const struct campaign_config *config)
{
    struct campaign_result result;
    struct campaign_sink sink = { outputs, tell_failure, tell_progress };
    outputs_begin(outputs);
    int error = campaign_run(config, &sink, &result);
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
    struct outputs outputs = { .run = &run, .verb = options->verb, .stop = stop };
    run_outputs(options, &outputs);
    return run_campaign(&outputs, &config);
}
