/* SPDX-License-Identifier: MIT
 *
 * run.c -- `curfew run`: executes scenarios, or a program, many times, and judges each execution.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "curfew/signals.h"
#include "files.h"
#include "options.h"
#include "out.h"
#include "targets.h"
#include "values.h"

#define DEADLINE_DEFAULT_NS UINT64_C(5000000000)
#define RUNS_DEFAULT 20u

enum option_id {
    OPTION_REAL = 1,
    OPTION_ALL,
    OPTION_RUNS,
    OPTION_TIME,
    OPTION_SEED,
    OPTION_DEADLINE,
    OPTION_JOBS,
    OPTION_SIGNALS,
    OPTION_EXPECT_STATUS,
    OPTION_FLAVOUR,
    OPTION_KEEP_GOING,
    OPTION_SAVE,
    OPTION_JSON,
    OPTION_JUNIT,
    OPTION_QUIET,
};

static const struct poptOption table[] = {
    OPTION_FLAG(OPTION_REAL, "real", "free-running threads, real signals, real time"),
    OPTION_FLAG(OPTION_ALL, "all", "all good scenarios of the catalogue (the default)"),
    OPTION_VALUE(OPTION_RUNS, "runs", "executions per scenario (default 20; with --time: no limit)",
                 "N"),
    OPTION_VALUE(OPTION_TIME, "time", "time for the whole campaign: 500ms, 60s, 5m, 2h", "TIME"),
    OPTION_VALUE(OPTION_SEED, "seed", "seed of the campaign, decimal or 0x (default: drawn)", "S"),
    OPTION_VALUE(OPTION_DEADLINE, "deadline", "from the first stop signal to the end (default 5s)",
                 "TIME"),
    OPTION_VALUE(OPTION_JOBS, "jobs", "executions at once, at most 256 (default: the CPUs)", "N"),
    OPTION_VALUE(OPTION_SIGNALS, "signals",
                 "signal plan, as in a scenario: TERM, INT,INT, TERM@start, none "
                 "(default: the scenario's; for a program TERM, from when it handles it)",
                 "PLAN"),
    OPTION_VALUE(OPTION_EXPECT_STATUS, "expect-status",
                 "exit status of a program after its signals (default 0); 128+n also means death "
                 "by signal n",
                 "N"),
    OPTION_VALUE(OPTION_FLAVOUR, "flavour", "scenario program: tsan (default), plain or asan",
                 "NAME"),
    OPTION_FLAG(OPTION_KEEP_GOING, "keep-going",
                "after a failure go on to the end (default: finish the round)"),
    OPTION_VALUE(OPTION_SAVE, "save", "write a file per distinct failure to this directory", "DIR"),
    OPTION_FLAG(OPTION_JSON, "json", "one JSON object per line on stdout"),
    OPTION_VALUE(OPTION_JUNIT, "junit", "write a JUnit XML file", "FILE"),
    OPTION_FLAG(OPTION_QUIET, "quiet", "failures only: no header, progress or table"),
    OPTIONS_END,
};

struct run_options {
    const char *verb;
    bool real;
    bool all;
    bool json;
    bool have_seed;
    bool keep_going;
    bool quiet;
    uint64_t runs; /* 0: not given */
    uint64_t time_ns;
    uint64_t seed;
    uint64_t deadline_ns;
    uint64_t jobs;
    uint64_t expect_status;
    bool have_expect_status;
    char *signals; /* owned, as all below */
    char *flavour;
    char *save;
    char *junit;
};

static bool keep_text(struct run_options *options, const char *name, const char *value, char **slot)
{
    if (*value == '\0') {
        (void)usage_error(options->verb, "option '--%s' is empty", name);
        return false;
    }
    *slot = strdup(value);
    return *slot != NULL;
}

static bool keep_number(const struct run_options *options, const char *name, const char *value,
                        uint64_t least, uint64_t most, uint64_t *slot)
{
    if (!value_number(value, least, most, slot)) {
        (void)usage_error(options->verb,
                          "option '--%s': '%s' is no number from %" PRIu64 " to %" PRIu64, name,
                          value, least, most);
        return false;
    }
    return true;
}

static bool keep_duration(const struct run_options *options, const char *name, const char *value,
                          uint64_t *slot)
{
    if (!value_duration(value, slot)) {
        (void)usage_error(options->verb, "option '--%s': '%s' is no time like 500ms, 60s, 5m, 2h",
                          name, value);
        return false;
    }
    return true;
}

static bool keep_flavour(struct run_options *options, const char *value)
{
    if (strcmp(value, "tsan") != 0 && strcmp(value, "plain") != 0 && strcmp(value, "asan") != 0) {
        (void)usage_error(options->verb,
                          "option '--flavour': unknown flavour '%s' (allowed: tsan, plain, asan)",
                          value);
        return false;
    }
    return keep_text(options, "flavour", value, &options->flavour);
}

static bool set_option(void *context, int id, const char *value)
{
    struct run_options *options = context;
    switch ((enum option_id)id) {
    case OPTION_REAL:
        options->real = true;
        return true;
    case OPTION_ALL:
        options->all = true;
        return true;
    case OPTION_RUNS:
        return keep_number(options, "runs", value, 1, UINT64_C(1000000000000), &options->runs);
    case OPTION_TIME:
        return keep_duration(options, "time", value, &options->time_ns);
    case OPTION_SEED:
        options->have_seed = true;
        return keep_number(options, "seed", value, 0, UINT64_MAX, &options->seed);
    case OPTION_DEADLINE:
        return keep_duration(options, "deadline", value, &options->deadline_ns);
    case OPTION_JOBS:
        return keep_number(options, "jobs", value, 1, CAMPAIGN_JOBS_MAX, &options->jobs);
    case OPTION_SIGNALS:
        return keep_text(options, "signals", value, &options->signals);
    case OPTION_EXPECT_STATUS:
        options->have_expect_status = true;
        return keep_number(options, "expect-status", value, 0, 255, &options->expect_status);
    case OPTION_FLAVOUR:
        return keep_flavour(options, value);
    case OPTION_KEEP_GOING:
        options->keep_going = true;
        return true;
    case OPTION_SAVE:
        return keep_text(options, "save", value, &options->save);
    case OPTION_JSON:
        options->json = true;
        return true;
    case OPTION_JUNIT:
        return keep_text(options, "junit", value, &options->junit);
    case OPTION_QUIET:
        options->quiet = true;
        return true;
    }
    return true;
}

static unsigned cpu_count(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < (int)CAMPAIGN_JOBS_MAX ? (unsigned)count : CAMPAIGN_JOBS_MAX;
}

/* What does not fit together.  Returns -1 to go on. */
static int check_options(const struct run_options *options, const char **names,
                         const struct arguments *arguments)
{
    const char *verb = options->verb;
    if (!options->real) {
        return usage_error(verb, "controlled execution is not in this version: add --real");
    }
    if (arguments->program != NULL && (options->all || *names != NULL)) {
        return usage_error(verb, "scenarios and a program after '--' exclude each other");
    }
    if (options->all && *names != NULL) {
        return usage_error(verb, "--all and '%s' exclude each other", *names);
    }
    if (arguments->program != NULL && options->flavour != NULL) {
        return usage_error(verb, "--flavour is for scenarios, not for a program after '--'");
    }
    if (arguments->program == NULL && options->have_expect_status) {
        return usage_error(verb, "--expect-status is for a program after '--'");
    }
    return -1;
}

/* Is what is to be written writable?  Asked before anything is executed. */
static int check_outputs(const struct run_options *options)
{
    int status = options->save != NULL ? file_check_directory(options->save) : 0;
    if (status != 0) {
        return plain_error(options->verb, file_error_status(status), "cannot write to '%s': %s",
                           options->save, strerror(-status));
    }
    status = options->junit != NULL ? file_check_parent(options->junit) : 0;
    if (status != 0) {
        return plain_error(options->verb, file_error_status(status), "cannot write '%s': %s",
                           options->junit, strerror(-status));
    }
    return -1;
}

/* All outputs that were asked for, and what went wrong with them. */
struct outputs {
    struct out outs[4];
    size_t count;
    const struct out_run *run;
    const char *verb;
    struct curfew_stop *stop;
    int error;
};

/* An output that fails ends the campaign: results that nobody sees are no results. */
static void note_error(struct outputs *outputs, int error, const char *what)
{
    if (error != 0 && outputs->error == 0) {
        outputs->error = error;
        (void)plain_error(outputs->verb, STATUS_UNJUDGED, "cannot write to '%s': %s", what,
                          strerror(-error));
        (void)curfew_stop_request(outputs->stop, CURFEW_REASON_REQUEST);
    }
}

static void tell_failure(void *context, const struct campaign_failure *failure)
{
    struct outputs *outputs = context;
    const char *what = "";
    for (size_t index = 0; index < outputs->count; index++) {
        const struct out *out = &outputs->outs[index];
        if (out->failure != NULL) {
            note_error(outputs, out->failure(out->state, outputs->run, failure, &what), what);
        }
    }
}

static void tell_progress(void *context, const struct campaign_progress *progress)
{
    struct outputs *outputs = context;
    for (size_t index = 0; index < outputs->count; index++) {
        const struct out *out = &outputs->outs[index];
        if (out->progress != NULL) {
            out->progress(out->state, progress);
        }
    }
}

static int run_campaign(struct outputs *outputs, const struct campaign_config *config)
{
    struct campaign_result result;
    const char *what = "";
    for (size_t index = 0; index < outputs->count; index++) {
        const struct out *out = &outputs->outs[index];
        if (out->begin != NULL) {
            note_error(outputs, out->begin(out->state, outputs->run, &what), what);
        }
    }
    struct campaign_sink sink = { outputs, tell_failure, tell_progress };
    int error = campaign_run(config, &sink, &result);
    if (error != 0 && result.executions == 0) {
        return plain_error(outputs->verb, result.not_executable ? STATUS_USAGE : STATUS_UNJUDGED,
                           "%s", result.message);
    }
    for (size_t index = 0; index < outputs->count; index++) {
        const struct out *out = &outputs->outs[index];
        if (out->end != NULL) {
            note_error(outputs, out->end(out->state, outputs->run, &result, &what), what);
        }
    }
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

static int draw_seed(struct run_options *options)
{
    if (!options->have_seed &&
        getrandom(&options->seed, sizeof(options->seed), 0) != (ssize_t)sizeof(options->seed)) {
        return plain_error(options->verb, STATUS_UNJUDGED, "cannot draw a seed: %s",
                           strerror(errno));
    }
    return -1;
}

static int run_with(struct run_options *options, const char **names,
                    const struct arguments *arguments, struct targets *targets,
                    struct curfew_stop *stop)
{
    struct target_request request = {
        .verb = options->verb,
        .names = names,
        .program = arguments->program,
        .signals = options->signals,
        .flavour = options->flavour != NULL ? options->flavour : "tsan",
        .expect_status = (int)options->expect_status,
    };
    int status = check_options(options, names, arguments);
    status = status < 0 ? targets_make(&request, targets) : status;
    status = status < 0 ? check_outputs(options) : status;
    status = status < 0 ? draw_seed(options) : status;
    if (status >= 0) {
        return status;
    }
    struct campaign_config config = {
        .subjects = targets->subjects,
        .subjects_count = targets->count,
        .seed = options->seed,
        .runs = options->runs != 0               ? options->runs
                : options->time_ns != UINT64_MAX ? UINT64_MAX
                                                 : RUNS_DEFAULT,
        .time_ns = options->time_ns,
        .deadline_ns = options->deadline_ns,
        .jobs = options->jobs != 0 ? (unsigned)options->jobs : cpu_count(),
        .keep_going = options->keep_going,
        .stop = stop,
    };
    struct out_run run = {
        &config,       targets,        request.flavour, options->signals, DEADLINE_DEFAULT_NS,
        options->save, options->junit, options->quiet
    };
    struct outputs outputs = { .run = &run, .verb = options->verb, .stop = stop };
    if (options->save != NULL) {
        outputs.outs[outputs.count++] = out_save();
    }
    outputs.outs[outputs.count++] = options->json ? out_json() : out_text();
    if (options->junit != NULL) {
        outputs.outs[outputs.count++] = out_junit();
    }
    return run_campaign(&outputs, &config);
}

/* Signals become a stop; a second INT ends us at once, and the warden sweeps up. */
static int bind_signals(const char *verb, struct curfew_stop *stop)
{
    struct curfew_signals_config config = CURFEW_SIGNALS_CONFIG_INIT;
    config.stop_signals |= CURFEW_SIGNAL_BIT(SIGHUP);
    config.latch_signals = 0;
    int status = curfew_signals_early(&config);
    status = status == 0 ? curfew_signals_bind(stop) : status;
    if (status != 0) {
        return plain_error(verb, STATUS_UNJUDGED, "cannot install signal handlers: %s",
                           strerror(-status));
    }
    (void)signal(SIGCHLD,
                 SIG_DFL); /* Inherited as ignored, our children could not be waited for. */
    (void)signal(SIGPIPE, SIG_IGN); /* A reader that has gone is an error of write. */
    return -1;
}

int verb_run(const struct verb *verb, const struct arguments *arguments)
{
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct options parsed;
    struct targets targets = { .subjects = NULL };
    struct run_options options = { .verb = verb->name,
                                   .time_ns = UINT64_MAX,
                                   .deadline_ns = DEADLINE_DEFAULT_NS };
    int status = options_begin(&parsed, verb, table, arguments, set_option, &options);
    status = status < 0 ? bind_signals(verb->name, &stop) : status;
    status = status < 0 ? run_with(&options, parsed.names, arguments, &targets, &stop) : status;
    int reason = curfew_stop_reason(&stop);
    targets_free(&targets);
    options_end(&parsed);
    free(options.signals);
    free(options.flavour);
    free(options.save);
    free(options.junit);
    curfew_signals_fini();
    curfew_stop_fini(&stop);
    if (reason > 0 && reason <= 64) {
        return curfew_signals_exit_status(reason, CURFEW_EXIT_RERAISE);
    }
    return status;
}
