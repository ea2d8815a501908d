/* SPDX-License-Identifier: MIT
 *
 * fuzz.c -- `curfew fuzz`: its options, and what of them fits together.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "options.h"
#include "run.h"
#include "stream.h"

#define TIME_DEFAULT_NS UINT64_C(60000000000)
#define OUTPUT_DEFAULT "curfew-fuzz"

enum option_id {
    OPTION_ENGINE = 1,
    OPTION_RUNS,
    OPTION_TIME,
    OPTION_SEED,
    OPTION_JOBS,
    OPTION_FLAVOUR,
    OPTION_SIGNALS,
    OPTION_EXPECT_STATUS,
    OPTION_CORPUS,
    OPTION_OUTPUT,
    OPTION_FINDINGS,
    OPTION_TRACE,
    OPTION_JSON,
    OPTION_QUIET,
};

static const struct poptOption table[] = {
    OPTION_VALUE(OPTION_ENGINE, "engine",
                 "who chooses the inputs: afl, libfuzzer or blind (default blind; see below)",
                 "NAME"),
    OPTION_VALUE(OPTION_TIME, "time",
                 "how long: 500ms, 60s, 5m, 2h (default 60s; no limit with --runs)", "TIME"),
    OPTION_VALUE(OPTION_RUNS, "runs", "how many executions (default: no limit)", "N"),
    OPTION_VALUE(OPTION_SEED, "seed", "of the engine, decimal or 0x (default 1)", "S"),
    OPTION_VALUE(OPTION_JOBS, "jobs", "processes at once, at most 64 (default: the CPUs)", "N"),
    OPTION_VALUE(OPTION_FLAVOUR, "flavour",
                 "of the scenario target: " CONTROL_FLAVOUR_WORDS
                 ", or mixed (default): tsan, and fast "
                 "in each second process",
                 "NAME"),
    OPTION_VALUE(OPTION_SIGNALS, "signals",
                 "signal plan: TERM, INT,INT, USR1*3, none, TERM>main (default: the scenario's; "
                 "for a program TERM)",
                 "PLAN"),
    OPTION_VALUE(OPTION_EXPECT_STATUS, "expect-status",
                 "exit status of a program (default 0); 128+n also means death by signal n", "N"),
    OPTION_VALUE(OPTION_CORPUS, "corpus", "begin with the case files of this directory", "DIR"),
    OPTION_VALUE(OPTION_OUTPUT, "output",
                 "where findings go: a seed file and a case file each (default " OUTPUT_DEFAULT ")",
                 "DIR"),
    OPTION_VALUE(OPTION_FINDINGS, "findings", "end after so many distinct findings", "N"),
    OPTION_FLAG(OPTION_TRACE, "trace", "show every step of a finding"),
    OPTION_FLAG(OPTION_JSON, "json", "one JSON object per line on stdout"),
    OPTION_FLAG(OPTION_QUIET, "quiet", "findings only: no header, progress or summary"),
    OPTIONS_END,
};

static bool keep_engine(struct fuzz_options *options, const char *value)
{
    options->engine = fuzz_engine_find(value);
    if (options->engine == NULL) {
        (void)usage_error(options->verb, "option '--engine': unknown engine '%s' (allowed: %s)",
                          value, fuzz_engine_words());
    }
    return options->engine != NULL;
}

static bool keep_flavour(struct fuzz_options *options, const char *value)
{
    if (control_flavour_find(value) == NULL && strcmp(value, "mixed") != 0) {
        (void)usage_error(
            options->verb,
            "option '--flavour': unknown flavour '%s' (allowed: " CONTROL_FLAVOUR_WORDS ", mixed)",
            value);
        return false;
    }
    return option_text(options->verb, "flavour", value, &options->flavour);
}

static bool set_option(void *context, int id, const char *value)
{
    struct fuzz_options *options = context;
    switch ((enum option_id)id) {
    case OPTION_ENGINE:
        return keep_engine(options, value);
    case OPTION_RUNS:
        return option_number(options->verb, "runs", value, 1, UINT64_MAX - 1, &options->runs);
    case OPTION_TIME:
        return option_duration(options->verb, "time", value, &options->time_ns);
    case OPTION_SEED:
        return option_number(options->verb, "seed", value, 0, UINT32_MAX, &options->seed);
    case OPTION_JOBS:
        return option_number(options->verb, "jobs", value, 1, FUZZ_JOBS_MAX, &options->jobs);
    case OPTION_FLAVOUR:
        return keep_flavour(options, value);
    case OPTION_SIGNALS:
        return option_text(options->verb, "signals", value, &options->signals);
    case OPTION_EXPECT_STATUS:
        options->have_expect_status = true;
        return option_number(options->verb, "expect-status", value, 0, 255,
                             &options->expect_status);
    case OPTION_CORPUS:
        return option_text(options->verb, "corpus", value, &options->corpus);
    case OPTION_OUTPUT:
        return option_text(options->verb, "output", value, &options->output);
    case OPTION_FINDINGS:
        return option_number(options->verb, "findings", value, 1, FUZZ_KINDS_MAX,
                             &options->findings_max);
    case OPTION_TRACE:
        options->traces = true;
        return true;
    case OPTION_JSON:
        options->json = true;
        return true;
    case OPTION_QUIET:
        options->quiet = true;
        return true;
    }
    return false;
}

/* Files to begin with, in the order of their names; -1 to go on. */
static int read_corpus(struct fuzz *fuzz)
{
    const struct fuzz_options *options = fuzz->options;
    struct dirent **entries = NULL;
    char *base = realpath(options->corpus, NULL);
    int count = base != NULL ? scandir(base, &entries, NULL, alphasort) : -1;
    if (count < 0) {
        free(base);
        return plain_error(options->verb, STATUS_USAGE, "cannot read '%s': %s", options->corpus,
                           strerror(errno));
    }
    for (int at = 0; at < count; at++) {
        if (entries[at]->d_name[0] != '.') {
            argv_add(&fuzz->corpus, "%s/%s", base, entries[at]->d_name);
        }
        free(entries[at]);
    }
    free(entries);
    free(base);
    return -1;
}

/* The signals of a program. */
static int read_plan(struct fuzz *fuzz)
{
    const struct fuzz_options *options = fuzz->options;
    char error[512];
    return control_signals_parse(options->signals != NULL ? options->signals : "TERM",
                                 fuzz->signals, &fuzz->signals_count, error) != 0
               ? usage_error(options->verb, "option '--signals': %s", error)
               : -1;
}

/* Is what is to be written writable?  Asked before anything is executed. */
static int check_output(const struct fuzz_options *options, char **out_findings)
{
    if (asprintf(out_findings, "%s/findings", options->output) < 0) {
        *out_findings = NULL;
        return plain_error(options->verb, STATUS_UNJUDGED, "out of memory");
    }
    int failed = file_check_directory(*out_findings);
    if (failed != 0) {
        return plain_error(options->verb, file_error_status(failed), "cannot write to '%s': %s",
                           *out_findings, strerror(-failed));
    }
    return -1;
}

/* The directory of this campaign alone, below the one that was asked for: the same options go on
 * with it. */
static int make_state(struct fuzz *fuzz, const struct subject *subject)
{
    const struct fuzz_options *options = fuzz->options;
    char *text = NULL;
    char *path = NULL;
    if (asprintf(&text, "%s %s %s %" PRIu64 " %" PRIu64, subject->text, options->flavour,
                 options->signals != NULL ? options->signals : "", options->jobs,
                 options->seed) < 0) {
        return plain_error(options->verb, STATUS_UNJUDGED, "out of memory");
    }
    uint64_t sum = stream_hash(text);
    free(text);
    if (asprintf(&path, "%s/%s-%016" PRIx64, options->output, options->engine->name, sum) < 0) {
        return plain_error(options->verb, STATUS_UNJUDGED, "out of memory");
    }
    int failed = file_check_directory(path);
    fuzz->state = failed == 0 ? realpath(path, NULL) : NULL;
    free(path);
    return failed == 0
               ? -1
               : plain_error(options->verb, file_error_status(failed), "cannot write to '%s': %s",
                             options->output, strerror(-failed));
}

static int run_with(struct fuzz *fuzz, struct targets *targets, const char *save)
{
    const struct fuzz_options *options = fuzz->options;
    struct control_options control = control_defaults();
    struct out_fuzz told = { options->engine->name, options->output };
    control.strategy = "case";
    struct out_run run = {
        .control = &control,
        .fuzz = &told,
        .targets = targets,
        .flavour = options->flavour,
        .seed = options->seed,
        .runs = options->runs,
        .time_ns = options->time_ns,
        .jobs = (unsigned)options->jobs,
        .deadline_ns = UINT64_MAX,
        .deadline_default_ns = UINT64_MAX,
        .save = save,
        .quiet = options->quiet,
    };
    struct outputs outputs = { .run = &run, .verb = options->verb, .stop = fuzz->stop };
    outputs.outs[outputs.count++] = out_save();
    outputs.outs[outputs.count++] = options->json ? out_json() : out_text();
    fuzz->outputs = &outputs;
    fuzz->subject = &targets->subjects[0];
    return fuzz_campaign(fuzz);
}

/* The flavour in which findings are executed again: the one that sees the most of what the target
 * may have seen. */
static const char *confirming_flavour(const struct fuzz_options *options)
{
    return strcmp(options->flavour, "asan") == 0 ? "asan" : "tsan";
}

/* What does not fit together, and defaults.  Returns -1 to go on. */
static int check_options(struct fuzz_options *options, const char **names,
                         const struct arguments *arguments)
{
    if (arguments->program == NULL && names[0] == NULL) {
        return usage_error(options->verb, "no scenario, and no program after '--'");
    }
    if (arguments->program != NULL && names[0] != NULL) {
        return usage_error(options->verb, "scenarios and a program after '--' exclude each other");
    }
    if (arguments->program != NULL && options->flavour != NULL) {
        return usage_error(options->verb,
                           "--flavour is for scenarios, not for a program after '--'");
    }
    if (arguments->program == NULL && options->have_expect_status) {
        return usage_error(options->verb, "--expect-status is for a program after '--'");
    }
    if (names[0] != NULL && names[1] != NULL) {
        return usage_error(options->verb, "one scenario at a time, not '%s' as well", names[1]);
    }
    if (options->runs == UINT64_MAX && options->time_ns == UINT64_MAX) {
        options->time_ns = TIME_DEFAULT_NS;
    }
    options->jobs = options->jobs != 0 ? options->jobs : run_cpu_count();
    options->jobs = options->jobs < FUZZ_JOBS_MAX ? options->jobs : FUZZ_JOBS_MAX;
    options->flavour = options->flavour != NULL ? options->flavour : strdup("mixed");
    options->output = options->output != NULL ? options->output : strdup(OUTPUT_DEFAULT);
    if (options->flavour == NULL || options->output == NULL) {
        return plain_error(options->verb, STATUS_UNJUDGED, "out of memory");
    }
    return -1;
}

static int fuzz_with(struct fuzz_options *options, const char **names,
                     const struct arguments *arguments, struct curfew_stop *stop)
{
    struct targets targets = { .subjects = NULL };
    struct fuzz *fuzz = calloc(1, sizeof *fuzz);
    char *save = NULL;
    int status = fuzz == NULL ? plain_error(options->verb, STATUS_UNJUDGED, "out of memory")
                              : check_options(options, names, arguments);
    if (status < 0) {
        struct target_request request = {
            .verb = options->verb,
            .names = names,
            .program = arguments->program,
            .signals = arguments->program == NULL ? options->signals : NULL,
            .flavour = confirming_flavour(options),
            .controlled = true,
            .expect_status = (int)options->expect_status,
        };
        fuzz->options = options;
        fuzz->stop = stop;
        status = arguments->program != NULL ? read_plan(fuzz) : -1;
        status = status >= 0 ? status : targets_make(&request, &targets);
    }
    if (status < 0 && targets.count != 1) {
        status = usage_error(options->verb, "one scenario at a time: '%s' has %zu", names[0],
                             targets.count);
    }
    status = status < 0 && options->corpus != NULL ? read_corpus(fuzz) : status;
    status = status < 0 ? check_output(options, &save) : status;
    status = status < 0 ? make_state(fuzz, &targets.subjects[0]) : status;
    status = status < 0 ? run_with(fuzz, &targets, save) : status;
    targets_free(&targets);
    free(save);
    free(fuzz);
    return status;
}

int verb_fuzz(const struct verb *verb, const struct arguments *arguments)
{
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct options parsed;
    struct fuzz_options options = { .verb = verb->name,
                                    .engine = fuzz_engine_find("blind"),
                                    .runs = UINT64_MAX,
                                    .time_ns = UINT64_MAX,
                                    .findings_max = UINT64_MAX,
                                    .seed = 1 };
    int status = options_begin(&parsed, verb, table, arguments, set_option, &options);
    status = status < 0 ? run_bind_signals(verb->name, &stop) : status;
    status = status < 0 ? fuzz_with(&options, parsed.names, arguments, &stop) : status;
    options_end(&parsed);
    free(options.flavour);
    free(options.output);
    free(options.corpus);
    free(options.signals);
    return run_unbind_signals(&stop, status);
}
