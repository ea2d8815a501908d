/* SPDX-License-Identifier: MIT
 *
 * out_text.c -- results for people: failures as they come and a table on stdout, progress on
 * stderr.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "out.h"
#include "targets.h"
#include "values.h"

#define FIRST_PROGRESS_NS UINT64_C(2000000000) /* what is over sooner needs none */
#define PLAIN_PROGRESS_NS UINT64_C(10000000000)

struct text_state {
    bool line; /* a progress line stands on the terminal */
    bool quiet;
    bool fuzzes;
    uint64_t next_plain_ns; /* of elapsed time: off a terminal, a line now and then */
};

static int written(const char **out_what)
{
    *out_what = "stdout";
    return stdout_flush();
}

static void clear_line(struct text_state *state)
{
    if (state->line) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        state->line = false;
    }
}

static void print_header(const struct out_run *run)
{
    (void)printf("%s: seed=%" PRIu64,
                 run->fuzz != NULL    ? "fuzz"
                 : run->sweep != NULL ? "sweep"
                                      : "run",
                 run->seed);
    if (run->runs != UINT64_MAX) {
        (void)printf(" runs=%" PRIu64, run->runs);
    }
    if (run->time_ns != UINT64_MAX) {
        (void)fputs(" time=", stdout);
        value_print_duration(run->time_ns, stdout);
    }
    if (run->control == NULL || run->deadline_ns != UINT64_MAX) {
        (void)fputs(" deadline=", stdout);
        value_print_duration(run->deadline_ns, stdout);
    }
    (void)printf(" jobs=%u", run->jobs);
    if (run->fuzz != NULL) {
        (void)printf(" engine=%s", run->fuzz->engine);
    } else if (run->control != NULL && run->sweep == NULL) {
        (void)printf(" strategy=%s", run->control->strategy);
    }
    if (run->targets->subjects[0].is_scenario) {
        (void)printf(" flavour=%s", run->flavour);
    }
    if (run->targets->subjects[0].is_scenario && run->fuzz == NULL) {
        (void)printf(" scenarios=%zu", run->targets->count);
    }
    if (run->fuzz != NULL) {
        (void)fputs(" output=", stdout);
        value_print_quoted(run->fuzz->output, stdout);
    }
    (void)fputc('\n', stdout);
}

static int text_begin(void *context, const struct out_run *run, const char **out_what)
{
    struct text_state *state = context;
    const struct subject *first = &run->targets->subjects[0];
    state->quiet = run->quiet;
    state->fuzzes = run->fuzz != NULL;
    state->next_plain_ns = PLAIN_PROGRESS_NS;
    if (run->quiet || run->replayed != NULL) {
        return 0;
    }
    print_header(run);
    if (!first->is_scenario && first->is_elf && !first->watches_races) {
        (void)fputs("note: ", stderr);
        value_print_quoted(first->argv[0], stderr);
        (void)fputs(" is not built with ThreadSanitizer: races are not looked for\n", stderr);
    }
    return written(out_what);
}

static int text_failure(void *context, const struct out_run *run, const struct out_failure *failure,
                        const char **out_what)
{
    clear_line(context);
    bool colour = out_has_colour(stdout);
    (void)printf("%sFAIL %s%s: %s, execution %" PRIu64, colour ? "\033[1;31m" : "",
                 verdict_word(failure->verdict), colour ? "\033[0m" : "", failure->subject->name,
                 failure->execution);
    if (failure->control != NULL) {
        (void)printf(", step %" PRIu64, failure->control->outcome.steps);
    }
    (void)fputc('\n', stdout);
    char *file = describe_file(run, failure);
    if (file != NULL && run->replayed == NULL) {
        (void)printf("file: %s\n", file);
    }
    free(file);
    describe_failure(run, failure, stdout);
    return written(out_what);
}

/* Seconds still to go, or less than 0 if nothing is known yet. */
static double remaining(const struct campaign_progress *progress)
{
    double elapsed = (double)progress->elapsed_ns / 1e9;
    double left = -1;
    if (progress->executions_total != UINT64_MAX && progress->executions > 0) {
        left = elapsed / (double)progress->executions *
               (double)(progress->executions_total - progress->executions);
    }
    if (progress->time_ns != UINT64_MAX) {
        double until = (double)progress->time_ns / 1e9 - elapsed;
        until = until > 0 ? until : 0;
        left = left < 0 || until < left ? until : left;
    }
    return left;
}

static void text_progress(void *context, const struct campaign_progress *progress)
{
    struct text_state *state = context;
    bool terminal = isatty(STDERR_FILENO) != 0;
    if (state->quiet || progress->elapsed_ns < FIRST_PROGRESS_NS ||
        (!terminal && progress->elapsed_ns < state->next_plain_ns)) {
        return;
    }
    state->next_plain_ns = progress->elapsed_ns + PLAIN_PROGRESS_NS;
    double elapsed = (double)progress->elapsed_ns / 1e9;
    double left = remaining(progress);
    (void)fprintf(stderr, "%s%" PRIu64 " executions, %.1f/s, %" PRIu64 " %s, %.0f s",
                  terminal ? "\r" : "", progress->executions,
                  elapsed > 0 ? (double)progress->executions / elapsed : 0,
                  state->fuzzes ? progress->kinds : progress->failures,
                  state->fuzzes ? "distinct findings" : "failed", elapsed);
    if (state->fuzzes && progress->stability >= 0) {
        (void)fprintf(stderr, ", stability %.2f %%", progress->stability);
    }
    if (left >= 0) {
        (void)fprintf(stderr, ", %.0f s to go", left);
    }
    (void)fputs(terminal ? "\033[K" : "\n", stderr);
    (void)fflush(stderr);
    state->line = terminal;
}

static void print_table(const struct out_run *run)
{
    int width = out_name_width(run);
    const char *what = run->targets->subjects[0].is_scenario ? "scenario" : "program";
    if (run->control != NULL) {
        (void)printf("\n%-*s %10s %10s %9s %7s  %s\n", width, what, "executions", "steps", "traces",
                     "failed", "verdict");
    } else {
        (void)printf("\n%-*s %10s %8s %6s %6s %12s  %s\n", width, what, "executions", "signals",
                     "early", "failed", "slowest stop", "verdict");
    }
    for (size_t index = 0; index < run->targets->count; index++) {
        const struct subject *subject = &run->targets->subjects[index];
        (void)printf("%-*.*s %10" PRIu64, width, OUT_NAME_WIDTH_MAX, subject->name,
                     subject->executions);
        if (run->control != NULL) {
            (void)printf(" %10" PRIu64 " %9" PRIu64 " %7" PRIu64, subject->steps, subject->distinct,
                         subject->failures);
        } else {
            (void)printf(" %8" PRIu64 " %6" PRIu64 " %6" PRIu64 " %9.1f ms", subject->signals,
                         subject->early, subject->failures, (double)subject->slowest_stop_ns / 1e6);
        }
        (void)printf("  %s\n", subject->executions > 0
                                   ? verdict_word(verdict_of_all(subject->verdicts))
                                   : "-");
    }
}

/* A subject that is not judged although no execution failed. */
static void print_reasons(const struct out_run *run)
{
    for (size_t index = 0; index < run->targets->count; index++) {
        const struct subject *subject = &run->targets->subjects[index];
        if (subject->reason[0] != '\0') {
            (void)printf("%s%s: %s: %s\n", run->quiet ? "" : "\n",
                         verdict_word(verdict_of_all(subject->verdicts)), subject->name,
                         subject->reason);
        }
    }
}

static void print_fuzzed(const struct out_run *run, const struct out_result *result)
{
    double seconds = (double)result->elapsed_ns / 1e9;
    (void)printf("\n%s%s: %" PRIu64 " executions, %.0f/s, ",
                 result->interrupted ? "interrupted, " : "",
                 result->executions > 0 ? verdict_word(verdict_of_all(result->verdicts))
                                        : "nothing was executed",
                 result->executions, seconds > 0 ? (double)result->executions / seconds : 0);
    if (result->stability >= 0) {
        (void)printf("stability %.2f %%, ", result->stability);
    }
    (void)printf("%" PRIu64 " failed (%" PRIu64 " distinct), %.1f s\n", result->failures,
                 result->kinds, seconds);
    if (result->kinds > 0) {
        (void)fputs("findings: ", stdout);
        value_print_quoted(run->save, stdout);
        (void)fputc('\n', stdout);
    }
}

static int text_end(void *context, const struct out_run *run, const struct out_result *result,
                    const char **out_what)
{
    clear_line(context);
    if (run->quiet) {
        print_reasons(run);
        out_outcomes_table(run);
        return written(out_what);
    }
    if (run->fuzz != NULL) {
        print_fuzzed(run, result);
        return written(out_what);
    }
    if (run->replayed == NULL) {
        if (run->sweep != NULL) {
            out_sweep_table(run);
        } else {
            print_table(run);
        }
        print_reasons(run);
        out_outcomes_table(run);
        (void)fputc('\n', stdout);
    }
    (void)printf("%s%s: %" PRIu64 " executions, ", result->interrupted ? "interrupted, " : "",
                 result->executions > 0 ? verdict_word(verdict_of_all(result->verdicts))
                                        : "nothing was executed",
                 result->executions);
    if (run->control != NULL) {
        (void)printf("%" PRIu64 " steps, %" PRIu64 " traces", result->steps, result->distinct);
    }
    if (run->control == NULL || result->signals > 0) {
        (void)printf("%s%" PRIu64 " signals, %" PRIu64 " early deaths",
                     run->control != NULL ? ", " : "", result->signals, result->early);
    }
    (void)printf(", %" PRIu64 " failed (%" PRIu64 " distinct), %.1f s\n", result->failures,
                 result->kinds, (double)result->elapsed_ns / 1e9);
    if (result->outside > 0) {
        (void)fprintf(stderr,
                      "note: %" PRIu64
                      " executions depended on the outside (a process, a network or a "
                      "person at the other end): a replay may differ\n",
                      result->outside);
    }
    return written(out_what);
}

struct out out_text(void)
{
    static struct text_state state;
    return (struct out){ &state, text_begin, text_failure, text_progress, text_end };
}
