/* SPDX-License-Identifier: MIT
 *
 * run.c -- `curfew run`: its options, and what of them fits together.  run_control.c and run_real.c
 * do what they ask for.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "curfew/signals.h"
#include "files.h"
#include "outputs.h"
#include "run_table.h"
#include "values.h"

static const struct poptOption table[] = {
    OPTION_FLAG(OPTION_REAL, "real",
                "free-running threads, real signals, real time, instead of one thread at a time"),
    OPTION_FLAG(OPTION_ALL, "all", "all good scenarios of the catalogue (the default)"),
    OPTION_VALUE(
        OPTION_RUNS, "runs",
        "executions per scenario or program (default 1000 or 10s, whichever is first; with "
        "--real 20; with a time: no limit)",
        "N"),
    OPTION_VALUE(OPTION_TIME, "time", "time for the whole campaign: 500ms, 60s, 5m, 2h", "TIME"),
    OPTION_VALUE(OPTION_SEED, "seed",
                 "seed of the first execution, decimal or 0x (default 1; with --real drawn)", "S"),
    OPTION_VALUE(OPTION_STRATEGY, "strategy",
                 "who chooses the interleavings: NAME[:KEY=VALUE,...] (default portfolio; see "
                 "curfew list)",
                 "NAME"),
    OPTION_VALUE(OPTION_POINTS, "points",
                 "where threads may be switched: sync (calls, atomics, volatiles; the default) or "
                 "access (every memory access, too)",
                 "WHERE"),
    RUN_ROWS_EXECUTION,
    OPTION_VALUE(OPTION_DEADLINE, "deadline",
                 "from the first stop signal to the end (default: none; with --real 5s)", "TIME"),
    RUN_ROWS_PARTS,
    OPTION_VALUE(OPTION_SIGNALS, "signals",
                 "signal plan: TERM, INT,INT, USR1*3, none; TERM>2 to that thread; with --real as "
                 "in a scenario: TERM@start (default: the scenario's; for a program with --real "
                 "TERM, from when it handles it, else none)",
                 "PLAN"),
    OPTION_VALUE(OPTION_EXPECT_STATUS, "expect-status",
                 "exit status of a program (default 0); 128+n also means death by signal n", "N"),
    OPTION_VALUE(OPTION_FLAVOUR, "flavour",
                 "scenario program: " CONTROL_FLAVOUR_WORDS
                 " (default tsan); with --real tsan, plain, "
                 "asan",
                 "NAME"),
    OPTION_FLAG(OPTION_KEEP_GOING, "keep-going",
                "after a failure go on to the end (default: the next scenario; with --real: finish "
                "the round)"),
    OPTION_VALUE(OPTION_SAVE, "save",
                 "write a seed file (with --real a text) per distinct failure to this directory",
                 "DIR"),
    OPTION_FLAG(OPTION_OUTCOMES, "outcomes",
                "at the end, each distinct outcome (verdict, end, how far threads and debts came) "
                "and how many executions had it"),
    RUN_ROWS_TOLD,
    OPTION_HIDDEN(OPTION_HASHES, "hashes", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_NO_LOOP, "no-loop", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_TRACES, "traces", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_OUTPUT, "output", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_REPORTS, "reports", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_ASLR, "aslr", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_CPU, "cpu", POPT_ARG_STRING),
    OPTION_HIDDEN(OPTION_PATIENCE, "patience", POPT_ARG_STRING),
    OPTION_HIDDEN(OPTION_CPU_MS, "cpu-ms", POPT_ARG_STRING),
    OPTIONS_END,
};

/* What says nothing to free-running threads. */
static const uint64_t only_controlled =
    UINT64_C(1) << OPTION_STRATEGY | UINT64_C(1) << OPTION_POINTS | UINT64_C(1) << OPTION_STEPS |
    UINT64_C(1) << OPTION_CPUS | UINT64_C(1) << OPTION_ALLOW_ABANDONED |
    UINT64_C(1) << OPTION_ORACLES | UINT64_C(1) << OPTION_NO_ORACLE | UINT64_C(1) << OPTION_SHARD |
    UINT64_C(1) << OPTION_TRACE | UINT64_C(1) << OPTION_HASHES | UINT64_C(1) << OPTION_OUTPUT |
    UINT64_C(1) << OPTION_TRACES | UINT64_C(1) << OPTION_REPORTS | UINT64_C(1) << OPTION_ASLR |
    UINT64_C(1) << OPTION_CPU | UINT64_C(1) << OPTION_PATIENCE | UINT64_C(1) << OPTION_CPU_MS |
    UINT64_C(1) << OPTION_NO_LOOP;

static bool keep_points(struct run_options *options, const char *value)
{
    options->control.points_access = strcmp(value, "access") == 0;
    if (!options->control.points_access && strcmp(value, "sync") != 0) {
        (void)usage_error(options->verb, "option '--points': unknown '%s' (allowed: sync, access)",
                          value);
        return false;
    }
    return true;
}

/* I/N, with I from 1 to N. */
static bool keep_shard(struct run_options *options, const char *value)
{
    const char *slash = strchr(value, '/');
    char first[24];
    uint64_t shard = 0;
    uint64_t shards = 0;
    if (slash != NULL && (size_t)(slash - value) < sizeof(first)) {
        (void)snprintf(first, sizeof(first), "%.*s", (int)(slash - value), value);
        if (value_number(slash + 1, 1, UINT64_C(1000000), &shards) &&
            value_number(first, 1, shards, &shard)) {
            options->control.shard = shard - 1;
            options->control.shards = shards;
            return true;
        }
    }
    (void)usage_error(options->verb, "option '--shard': '%s' is no part I/N, with I from 1 to N",
                      value);
    return false;
}

static bool keep_oracles(const struct run_options *options, const char *name, const char *value,
                         uint32_t *out_set)
{
    char error[512];
    if (control_oracles_parse(value, out_set, error) != 0) {
        (void)usage_error(options->verb, "option '--%s': %s", name, error);
        return false;
    }
    return true;
}

/* Options of controlled execution alone. */
static bool set_control_option(struct run_options *options, int id, const char *value)
{
    struct control_options *control = &options->control;
    uint64_t number = 0;
    uint32_t set = 0;
    bool kept = true;
    switch ((enum run_option)id) {
    case OPTION_STRATEGY:
        return option_text(options->verb, "strategy", value, &options->strategy);
    case OPTION_POINTS:
        return keep_points(options, value);
    case OPTION_SHARD:
        return keep_shard(options, value);
    case OPTION_STEPS:
        return option_number(options->verb, "steps", value, 1, UINT64_MAX, &control->steps_max);
    case OPTION_CPUS:
        kept = option_number(options->verb, "cpus", value, 1, 1024, &number);
        control->cpus = (uint32_t)number;
        return kept;
    case OPTION_CPU:
        kept = option_number(options->verb, "cpu", value, 0, CPU_SETSIZE - 1, &number);
        control->cpu = (int)number;
        return kept;
    case OPTION_PATIENCE:
        return option_number(options->verb, "patience", value, 1, UINT64_MAX,
                             &control->patience_ms);
    case OPTION_CPU_MS:
        return option_number(options->verb, "cpu-ms", value, 1, UINT64_MAX, &control->cpu_ms);
    case OPTION_ALLOW_ABANDONED:
        options->oracles_not |= RT_ORACLE_BIT(RT_ORACLE_ABANDONED);
        return true;
    case OPTION_ORACLES:
        return keep_oracles(options, "oracles", value, &control->oracles);
    case OPTION_NO_ORACLE:
        kept = keep_oracles(options, "no-oracle", value, &set);
        options->oracles_not |= set;
        return kept;
    case OPTION_ASLR:
        control->aslr = true;
        return true;
    case OPTION_REPORTS:
        control->keeps_reports = true;
        return true;
    case OPTION_TRACE:
        options->traces = true;
        return true;
    case OPTION_TRACES:
        options->all_traces = true;
        return true;
    case OPTION_NO_LOOP:
        options->control.loop = false;
        return true;
    case OPTION_HASHES:
        options->hashes = true;
        return true;
    case OPTION_OUTPUT:
        options->outputs = true;
        return true;
    case OPTION_RESUME:
        return option_text(options->verb, "resume", value, &options->resume);
    case OPTION_PREEMPTIONS:
        return option_number(options->verb, "preemptions", value, 0, 2, &options->preemptions);
    default:
        return false;
    }
}

static bool set_option(void *context, int id, const char *value)
{
    struct run_options *options = context;
    options->given |= UINT64_C(1) << id;
    switch ((enum run_option)id) {
    case OPTION_REAL:
        options->real = true;
        return true;
    case OPTION_ALL:
        options->all = true;
        return true;
    case OPTION_RUNS:
        return option_number(options->verb, "runs", value, 1, UINT64_C(1000000000000),
                             &options->runs);
    case OPTION_TIME:
        return option_duration(options->verb, "time", value, &options->time_ns);
    case OPTION_SEED:
        options->have_seed = true;
        return option_number(options->verb, "seed", value, 0, UINT64_MAX, &options->seed);
    case OPTION_DEADLINE:
        return option_duration(options->verb, "deadline", value, &options->deadline_ns) &&
               (options->control.deadline_ns = options->deadline_ns) > 0;
    case OPTION_JOBS:
        return option_number(options->verb, "jobs", value, 1, CAMPAIGN_JOBS_MAX, &options->jobs);
    case OPTION_SIGNALS:
        return option_text(options->verb, "signals", value, &options->signals);
    case OPTION_EXPECT_STATUS:
        options->have_expect_status = true;
        return option_number(options->verb, "expect-status", value, 0, 255,
                             &options->expect_status);
    case OPTION_FLAVOUR:
        return option_text(options->verb, "flavour", value, &options->flavour);
    case OPTION_KEEP_GOING:
        options->keep_going = true;
        return true;
    case OPTION_SAVE:
        return option_text(options->verb, "save", value, &options->save);
    case OPTION_OUTCOMES:
        options->outcomes = true;
        return true;
    case OPTION_JSON:
        options->json = true;
        return true;
    case OPTION_JUNIT:
        return option_text(options->verb, "junit", value, &options->junit);
    case OPTION_QUIET:
        options->quiet = true;
        return true;
    default:
        return set_control_option(options, id, value);
    }
}

unsigned run_cpu_count(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < (int)CAMPAIGN_JOBS_MAX ? (unsigned)count : CAMPAIGN_JOBS_MAX;
}

/* The flavour of the scenario program; the option's default is filled in. */
static int check_flavour(struct run_options *options)
{
    static const char *const real[] = { "tsan", "plain", "asan", NULL };
    if (options->flavour == NULL) {
        options->flavour = strdup("tsan");
        return options->flavour != NULL
                   ? -1
                   : plain_error(options->verb, STATUS_UNJUDGED, "out of memory");
    }
    if (!options->real && control_flavour_find(options->flavour) != NULL) {
        return -1;
    }
    for (size_t index = 0; options->real && real[index] != NULL; index++) {
        if (strcmp(options->flavour, real[index]) == 0) {
            return -1;
        }
    }
    return usage_error(options->verb, "option '--flavour': unknown flavour '%s' (allowed: %s)",
                       options->flavour,
                       options->real ? "tsan, plain, asan" : CONTROL_FLAVOUR_WORDS);
}

/* What does not fit together.  Returns -1 to go on. */
static int check_options(struct run_options *options, const char **names,
                         const struct arguments *arguments)
{
    const char *verb = options->verb;
    uint64_t wrong = options->given & only_controlled;
    for (const struct poptOption *row = table; options->real && wrong != 0; row++) {
        if ((wrong & (UINT64_C(1) << row->val)) != 0) {
            return usage_error(verb, "--%s is for controlled execution, without --real",
                               row->longName);
        }
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
    char error[512];
    if (!options->real && arguments->program != NULL && options->signals != NULL &&
        control_signals_parse(options->signals, options->control.signals,
                              &options->control.signals_count, error) != 0) {
        return usage_error(verb, "option '--signals': %s", error);
    }
    options->control.oracles &= ~options->oracles_not;
    return check_flavour(options);
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

void run_outputs(const struct run_options *options, struct outputs *outputs)
{
    if (options->save != NULL) {
        outputs->outs[outputs->count++] = out_save();
    }
    outputs->outs[outputs->count++] = options->json ? out_json() : out_text();
    if (options->junit != NULL) {
        outputs->outs[outputs->count++] = out_junit();
    }
}

static int run_with(struct run_options *options, const char **names,
                    const struct arguments *arguments, struct targets *targets,
                    struct curfew_stop *stop)
{
    int status = check_options(options, names, arguments);
    struct target_request request = {
        .verb = options->verb,
        .names = names,
        .program = arguments->program,
        .signals = options->real || arguments->program == NULL ? options->signals : NULL,
        .flavour = options->flavour,
        .controlled = !options->real,
        .expect_status = (int)options->expect_status,
    };
    status = status < 0 ? targets_make(&request, targets) : status;
    status = status < 0 ? check_outputs(options) : status;
    if (status >= 0) {
        return status;
    }
    return options->engine(options, targets, stop);
}

int run_bind_signals(const char *verb, struct curfew_stop *stop)
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

int run_unbind_signals(struct curfew_stop *stop, int status)
{
    int reason = curfew_stop_reason(stop);
    curfew_signals_fini();
    curfew_stop_fini(stop);
    if (reason > 0 && reason <= 64) {
        return curfew_signals_exit_status(reason, CURFEW_EXIT_RERAISE);
    }
    return status;
}

bool run_is_stopped(void *stop)
{
    return curfew_stop_is_requested(stop);
}

int run_main(const struct verb *verb, const struct arguments *arguments,
             const struct poptOption *options_table, run_engine *engine, const char *save_default)
{
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct options parsed;
    struct targets targets = { .subjects = NULL };
    struct run_options options = { .verb = verb->name,
                                   .time_ns = UINT64_MAX,
                                   .deadline_ns = UINT64_MAX,
                                   .engine = engine,
                                   .control = control_defaults() };
    int status = options_begin(&parsed, verb, options_table, arguments, set_option, &options);
    bool saves_by_default = options.save == NULL && save_default != NULL;
    if (status < 0 && saves_by_default) {
        options.save = strdup(save_default);
    }
    status = status < 0 ? run_bind_signals(verb->name, &stop) : status;
    status = status < 0 ? run_with(&options, parsed.names, arguments, &targets, &stop) : status;
    if (saves_by_default && options.save != NULL) {
        (void)rmdir(options.save); /* nothing was saved if it is empty */
    }
    targets_free(&targets);
    options_end(&parsed);
    free(options.signals);
    free(options.flavour);
    free(options.save);
    free(options.junit);
    free(options.strategy);
    free(options.resume);
    return run_unbind_signals(&stop, status);
}

static int run_either(const struct run_options *options, struct targets *targets,
                      struct curfew_stop *stop)
{
    return options->real ? run_real(options, targets, stop) : run_control(options, targets, stop);
}

int verb_run(const struct verb *verb, const struct arguments *arguments)
{
    return run_main(verb, arguments, table, run_either, NULL);
}
