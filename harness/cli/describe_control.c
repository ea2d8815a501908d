/* SPDX-License-Identifier: MIT
 *
 * describe_control.c -- what is known of a failure under control.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "targets.h"
#include "values.h"

#define OUTPUT_BYTES 16384u /* of what the program printed: its end */

/* The options that are not what they would be without being given. */
static void print_options(const struct out_run *run, const struct subject *subject, FILE *file)
{
    const struct control_options *options = run->control;
    const struct control_options usual = control_defaults();
    if (strcmp(options->strategy, usual.strategy) != 0) {
        (void)fputs(" --strategy=", file);
        value_print_quoted(options->strategy, file);
    }
    if (options->points_access) {
        (void)fputs(" --points=access", file);
    }
    if (options->steps_max != usual.steps_max) {
        (void)fprintf(file, " --steps=%" PRIu64, options->steps_max);
    }
    if (options->cpus != usual.cpus) {
        (void)fprintf(file, " --cpus=%u", options->cpus);
    }
    if (options->oracles != usual.oracles) {
        uint32_t off = usual.oracles & ~options->oracles;
        bool few = __builtin_popcount(off) <= 3;
        (void)fputs(few ? " --no-oracle=" : " --oracles=", file);
        control_oracles_print(few ? off : options->oracles, file);
    }
    if (run->deadline_ns != UINT64_MAX) {
        (void)fputs(" --deadline=", file);
        value_print_duration(run->deadline_ns, file);
    }
    if (subject->is_scenario) {
        if (strcmp(run->flavour, "tsan") != 0) {
            (void)fprintf(file, " --flavour=%s", run->flavour);
        }
        return;
    }
    if (run->signals != NULL) {
        (void)fputs(" --signals=", file);
        value_print_quoted(run->signals, file);
    }
    if (subject->expect_status != 0) {
        (void)fprintf(file, " --expect-status=%d", subject->expect_status);
    }
}

void describe_control_reproduce(const struct out_run *run, const struct out_failure *failure,
                                FILE *file)
{
    const struct subject *subject = failure->subject;
    char *path = describe_file(run, failure);
    if (path != NULL) {
        (void)fputs("curfew replay ", file);
        value_print_quoted(path, file);
        free(path);
        if (run->program_named) {
            (void)fprintf(file, " -- %s", subject->text);
        }
        return;
    }
    (void)fprintf(file, "curfew run --seed=%" PRIu64 " --runs=1", failure->seed);
    print_options(run, subject, file);
    if (subject->is_scenario) {
        (void)fputc(' ', file);
        value_print_quoted(subject->text, file);
    } else {
        (void)fprintf(file, " -- %s", subject->text);
    }
}

/* How much the program had printed when AddressSanitizer began its report: a line of signs, then
 * "==PID==ERROR: ...".  If it never did, all. */
static size_t own_output(const struct control_record *record)
{
    const char *at = strstr(record->output, CONTROL_ADDRESS_REPORT);
    size_t size = at != NULL ? (size_t)(at - record->output) : record->output_size;
    for (int signs = 0; at != NULL && size > 0; size--) {
        signs += record->output[size - 1] == '=' ? 1 : 0;
        if (record->output[size - 1] == '\n' && signs > 4) {
            break;
        }
    }
    return size;
}

static void print_output(const struct control_record *record, FILE *file)
{
    if (record->output == NULL ||
        record->outcome.verdict == VERDICT_RACE) { /* the report is what it printed */
        return;
    }
    size_t size = own_output(record);
    size_t skipped = size > OUTPUT_BYTES ? size - OUTPUT_BYTES : 0;
    if (size == 0) {
        return;
    }
    (void)fprintf(file, "output (%zu bytes):\n%s", size, skipped > 0 ? "... " : "");
    (void)fwrite(record->output + skipped, 1, size - skipped, file);
    if (record->output[size - 1] != '\n') {
        (void)fputc('\n', file);
    }
}

void describe_control(const struct out_failure *failure, FILE *file)
{
    const struct control_record *record = failure->control;
    bool reported =
        record->outcome.verdict == VERDICT_RACE ||
        (record->report != NULL && strstr(record->report, CONTROL_ADDRESS_REPORT) != NULL);
    describe_section(reported ? "report" : "threads", record->report, file);
    describe_section("trace", record->trace, file);
    print_output(record, file);
}
