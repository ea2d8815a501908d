/* SPDX-License-Identifier: MIT
 *
 * fuzz_finding.c -- a case that made a target fail: executed again with fresh threads, in
 * the flavour that sees most if it is a scenario; told and saved if it is of a new kind.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../case/case.h"
#include "files.h"
#include "fuzz.h"
#include "options.h"
#include "run.h"

static bool is_known(void *context, uint64_t kind)
{
    const struct fuzz *fuzz = context;
    for (unsigned at = 0; at < fuzz->kinds_count; at++) {
        if (fuzz->kinds[at] == kind) {
            return true;
        }
    }
    return fuzz->kinds_count == FUZZ_KINDS_MAX;
}

/* The session in which all cases of the campaign are executed; this is the first of them. */
static bool session_begin(struct fuzz *fuzz, const struct execution_case *execution)
{
    struct control_options *options = &fuzz->session_options;
    char text[SCENARIO_TEXT_BYTES];
    *options = control_defaults();
    options->argv = fuzz->subject->argv;
    options->expect_status = fuzz->subject->expect_status;
    options->home = fuzz->home.path;
    options->stopped = run_is_stopped;
    options->stopped_context = fuzz->stop;
    options->keeps_traces = fuzz->options->traces ? CONTROL_KEEPS_NEW : CONTROL_KEEPS_NONE;
    control_case_options(execution, options);
    if (!execution->is_program) {
        (void)scenario_format(&execution->scenario, text, sizeof(text));
        fuzz->session_scenario = execution->scenario;
        options->scenario = &fuzz->session_scenario;
        argv_add(&fuzz->session_argv, "%s", fuzz->subject->path);
        argv_add(&fuzz->session_argv, "%s", text);
        options->argv = fuzz->session_argv.words;
    }
    if (fuzz->session_argv.failed) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "out of memory");
        return false;
    }
    return control_open(options, &fuzz->session, fuzz->error) == 0;
}

void fuzz_finding_fini(struct fuzz *fuzz)
{
    control_close(fuzz->session);
    fuzz->session = NULL;
    argv_fini(&fuzz->session_argv);
}

/* The case, beside its seed file. */
static void save_case(struct fuzz *fuzz, const char *seed_path,
                      const struct execution_case *execution)
{
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size;
    char *path = NULL;
    const char *dot = strrchr(seed_path, '.');
    int failed = case_encode(execution, bytes, sizeof(bytes), &size);
    if (failed == 0 && asprintf(&path, "%.*s.case", (int)(dot - seed_path), seed_path) >= 0) {
        failed = file_write(path, bytes, size);
        free(path);
    }
    fuzz->unsaved = fuzz->unsaved || failed != 0;
    if (failed != 0 && fuzz->error[0] == '\0') {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "cannot write to '%s': %s",
                       fuzz->outputs->run->save, strerror(-failed));
    }
}

static void tell(struct fuzz *fuzz, const struct execution_case *execution,
                 struct control_record *record)
{
    struct out_failure told = out_failure_of(fuzz->subject, record);
    outputs_failure(fuzz->outputs, &told);
    char *path = describe_file(fuzz->outputs->run, &told);
    if (path != NULL) {
        save_case(fuzz, path, execution);
    }
    free(path);
}

/* It failed in the target, and passes with fresh threads: our fault, not the program's. */
static void unconfirmed(struct fuzz *fuzz, struct control_outcome *outcome)
{
    outcome->verdict = VERDICT_DIVERGED;
    fuzz->total.verdicts |= VERDICT_BIT(VERDICT_DIVERGED);
    (void)plain_error(fuzz->options->verb, STATUS_UNJUDGED,
                      "a case failed in the fuzz target, but passes with fresh threads (seed "
                      "%" PRIu64 ", hash %016" PRIx64 "); it is not counted",
                      outcome->seed, outcome->hash);
}

/* False: a scenario's case, which is none of a program; targets decline it. */
static bool decode(const struct fuzz *fuzz, const uint8_t *bytes, size_t size,
                   struct execution_case *execution)
{
    case_decode(bytes, size, execution);
    if (fuzz->subject->is_scenario) {
        execution->is_program = false;
        execution->scenario = fuzz->session_scenario;
    }
    return execution->is_program != fuzz->subject->is_scenario;
}

/* Executes it; a failure is counted, and told if it is new.  True: it failed, or was declined. */
static bool examine(struct fuzz *fuzz, const uint8_t *bytes, size_t size, bool should_fail)
{
    struct execution_case execution;
    struct control_record record = { .number = 0 };
    if (!decode(fuzz, bytes, size, &execution)) {
        return true;
    }
    int failed = control_finding(fuzz->session, &execution, is_known, fuzz, &record, fuzz->error);
    uint64_t executions = fuzz_executions(fuzz);
    record.number = executions > 0 ? executions - 1 : 0;
    if (failed == -ECANCELED) {
        fuzz->error[0] = '\0';
    } else if (failed == 0 && !record.is_failure && should_fail) {
        unconfirmed(fuzz, &record.outcome);
    } else if (failed == 0 && record.is_failure) {
        fuzz->total.failures++;
        fuzz->total.verdicts |= VERDICT_BIT(record.outcome.verdict);
        if (record.is_new) {
            fuzz->kinds[fuzz->kinds_count++] = record.kind;
            fuzz->total.kinds++;
            tell(fuzz, &execution, &record);
        }
    }
    bool fails = failed == 0 && record.is_failure;
    control_record_fini(&record);
    return fails;
}

void fuzz_finding(struct fuzz *fuzz, const uint8_t *bytes, size_t size)
{
    (void)examine(fuzz, bytes, size, true);
}

void fuzz_finding_file(struct fuzz *fuzz, const char *path)
{
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size;
    if (fuzz_file_read(fuzz, path, bytes, &size)) {
        fuzz_finding(fuzz, bytes, size);
    }
}

bool fuzz_passes(struct fuzz *fuzz, const uint8_t *bytes, size_t size)
{
    return !examine(fuzz, bytes, size, false) && fuzz->error[0] == '\0';
}

/* ---- the base schedule ---- */

static void case_of(const struct fuzz *fuzz, struct execution_case *execution)
{
    case_decode(NULL, 0, execution);
    execution->base = RT_CASE_BASE_rr;
    if (fuzz->subject->is_scenario) {
        execution->scenario = fuzz->subject->scenario;
        scenario_forget_anchors(&execution->scenario);
        return;
    }
    execution->is_program = true;
    memset(&execution->scenario, 0, sizeof(execution->scenario));
    execution->signals_count = fuzz->signals_count;
    memcpy(execution->signals, fuzz->signals, sizeof(execution->signals));
}

static uint16_t steps_of(uint32_t steps)
{
    return steps < UINT16_MAX ? (uint16_t)steps : UINT16_MAX;
}

bool fuzz_learn(struct fuzz *fuzz)
{
    struct execution_case execution;
    struct control_outcome outcome;
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size;
    case_of(fuzz, &execution);
    if (!session_begin(fuzz, &execution)) {
        return false;
    }
    uint32_t reach = 0;
    int failed = control_learn(fuzz->session, &outcome, fuzz->error);
    if (failed == 0) {
        failed = control_learn_reach(fuzz->session, &reach, fuzz->error);
    }
    if (failed == 0) {
        fuzz->lengths[0] = steps_of(control_expected_steps(fuzz->session));
        fuzz->lengths[1] = steps_of(reach);
        execution.expected_steps = fuzz->lengths[0];
        failed = case_encode(&execution, bytes, sizeof(bytes), &size);
        (void)snprintf(fuzz->template, sizeof(fuzz->template), "%s/base", fuzz->home.path);
        failed = failed == 0 ? file_write(fuzz->template, bytes, size) : failed;
        if (failed != 0) {
            (void)snprintf(fuzz->error, sizeof(fuzz->error), "cannot write '%s': %s",
                           fuzz->template, strerror(-failed));
        }
    }
    argv_add(&fuzz->corpus, "%s", fuzz->template);
    return failed == 0;
}
