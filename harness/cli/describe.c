/* SPDX-License-Identifier: MIT
 *
 * describe.c -- a failure in words.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"
#include "targets.h"
#include "values.h"

void describe_reproduce(const struct out_run *run, const struct campaign_failure *failure,
                        FILE *file)
{
    const struct subject *subject = failure->subject;
    (void)fprintf(file, "curfew run --real --seed=%" PRIu64 " --runs=1", failure->execution->seed);
    if (run->config->deadline_ns != run->deadline_default_ns) {
        (void)fputs(" --deadline=", file);
        value_print_duration(run->config->deadline_ns, file);
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

static void section(const char *title, const char *text, FILE *file)
{
    if (text != NULL && *text != '\0') {
        (void)fprintf(file, "%s:\n%s%s", title, text, text[strlen(text) - 1] == '\n' ? "" : "\n");
    }
}

/* A program that looks for a file beside itself finds nothing, and seldom says why. */
static void print_directory_note(const struct campaign_failure *failure, const char *output,
                                 FILE *file)
{
    bool failed = (failure->finding->earned & VERDICT_BIT(VERDICT_STATUS)) != 0;
    if (failed && !failure->subject->is_scenario &&
        strstr(output, "No such file or directory") != NULL) {
        (void)fputs("note: the program runs in an empty directory of its own: give absolute paths "
                    "in its arguments\n",
                    file);
    }
}

static void print_output(const struct campaign_failure *failure, FILE *file)
{
    const struct capture *output = &failure->execution->output;
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

void describe_failure(const struct out_run *run, const struct campaign_failure *failure, FILE *file)
{
    const struct subject *subject = failure->subject;
    const struct execution *execution = failure->execution;
    (void)fprintf(file, "%s: %s\nseed: %" PRIu64 "\n",
                  subject->is_scenario ? "scenario" : "command", subject->text, execution->seed);
    (void)fprintf(file, "verdict: %s\n", verdict_word(failure->finding->verdict));
    section("reasons", failure->finding->details, file);
    (void)fprintf(file, "signals:\n");
    if (execution->plan.count == 0) {
        (void)fprintf(file, "  none\n");
    }
    plan_print(&execution->plan, &execution->anchors,
               execution->gave_up || execution->extra_ns != 0, file);
    section("late", execution->late_text, file);
    section("backtrace", execution->backtrace, file);
    section("report", execution->named != NULL ? execution->named : execution->report, file);
    print_output(failure, file);
    (void)fputs("reproduce: ", file);
    describe_reproduce(run, failure, file);
    (void)fputc('\n', file);
}

char *describe_file(const struct out_run *run, const struct campaign_failure *failure)
{
    char *path;
    char name[64];
    (void)snprintf(name, sizeof(name), "%s", failure->subject->name);
    for (char *at = name; *at != '\0'; at++) {
        *at = isalnum((unsigned char)*at) || *at == '.' || *at == '_' ? *at : '-';
    }
    if (run->save == NULL ||
        asprintf(&path, "%s/%s-%s-%016" PRIx64 ".txt", run->save, name,
                 verdict_word(failure->finding->verdict), failure->execution->seed) < 0) {
        return NULL;
    }
    return path;
}

bool out_has_colour(FILE *file)
{
    const char *no_colour = getenv("NO_COLOR");
    return isatty(fileno(file)) != 0 && (no_colour == NULL || *no_colour == '\0');
}
