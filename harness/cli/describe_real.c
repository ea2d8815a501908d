/* SPDX-License-Identifier: MIT
 *
 * describe_real.c -- what is known of a failure of free-running threads.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "targets.h"
#include "values.h"

void describe_real_reproduce(const struct out_run *run, const struct out_failure *failure,
                             FILE *file)
{
    const struct subject *subject = failure->subject;
    (void)fprintf(file, "curfew run --real --seed=%" PRIu64 " --runs=1", failure->seed);
    if (run->deadline_ns != run->deadline_default_ns) {
        (void)fputs(" --deadline=", file);
        value_print_duration(run->deadline_ns, file);
    }
    if (subject->is_scenario) {
        if (strcmp(run->flavour, "tsan") != 0) {
            (void)fprintf(file, " --flavour=%s", run->flavour);
        }
        (void)fputc(' ', file);
        value_print_quoted(subject->text, file); /* Its plan is part of it. */
        return;
    }
    if (run->signals != NULL) {
        (void)fputs(" --signals=", file);
        value_print_quoted(run->signals, file);
    }
    if (subject->expect_status != 0) {
        (void)fprintf(file, " --expect-status=%d", subject->expect_status);
    }
    (void)fprintf(file, " -- %s", subject->text);
}

/* A program that looks for a file beside itself finds nothing, and seldom says why. */
static void print_directory_note(const struct out_failure *failure, const char *output, FILE *file)
{
    bool failed = (failure->earned & VERDICT_BIT(VERDICT_STATUS)) != 0;
    if (failed && !failure->subject->is_scenario &&
        strstr(output, "No such file or directory") != NULL) {
        (void)fputs("note: the program runs in an empty directory of its own: give absolute paths "
                    "in its arguments\n",
                    file);
    }
}

static void print_output(const struct out_failure *failure, FILE *file)
{
    const struct capture *output = &failure->real->execution->output;
    char *text = NULL;
    size_t text_bytes;
    FILE *memory = output->total_bytes > 0 ? open_memstream(&text, &text_bytes) : NULL;
    if (memory == NULL) {
        return;
    }
    capture_print(output, memory);
    if (fclose(memory) == 0) {
        (void)fprintf(file, "output (%" PRIu64 " bytes):\n", output->total_bytes);
        (void)fwrite(text, 1, text_bytes, file);
        (void)fputc('\n', file);
        print_directory_note(failure, text, file);
    }
    free(text);
}

void describe_real(const struct out_failure *failure, FILE *file)
{
    const struct execution *execution = failure->real->execution;
    (void)fprintf(file, "signals:\n");
    if (execution->plan.count == 0) {
        (void)fprintf(file, "  none\n");
    }
    plan_print(&execution->plan, &execution->anchors,
               execution->gave_up || execution->extra_ns != 0, file);
    describe_section("late", execution->late_text, file);
    describe_section("backtrace", execution->backtrace, file);
    describe_section("report", execution->named != NULL ? execution->named : execution->report,
                     file);
    print_output(failure, file);
}
