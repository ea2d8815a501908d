/* SPDX-License-Identifier: MIT
 *
 * out_sweep.c -- what a sweep has covered, for people.
 */
#include <inttypes.h>
#include <string.h>

#include "out.h"
#include "targets.h"

int out_name_width(const struct out_run *run)
{
    size_t width = strlen("scenario");
    for (size_t index = 0; index < run->targets->count; index++) {
        size_t length = strlen(run->targets->subjects[index].name);
        width = length > width ? length : width;
    }
    return width < OUT_NAME_WIDTH_MAX ? (int)width : OUT_NAME_WIDTH_MAX;
}

/* 1,143; from a million on 1.3 M. */
static const char *short_number(uint64_t number, char text[16])
{
    if (number >= 1000000000) {
        (void)snprintf(text, 16, "%.1f G", (double)number / 1e9);
    } else if (number >= 1000000) {
        (void)snprintf(text, 16, "%.1f M", (double)number / 1e6);
    } else if (number >= 1000) {
        (void)snprintf(text, 16, "%u,%03u", (unsigned)(number / 1000), (unsigned)(number % 1000));
    } else {
        (void)snprintf(text, 16, "%u", (unsigned)number);
    }
    return text;
}

static void coverage_text(const struct sweep_coverage *coverage, char text[48])
{
    char done[16];
    char total[16];
    (void)snprintf(text, 48, "%s of %s%s", short_number(coverage->done, done),
                   coverage->about > 0 ? "~" : "",
                   short_number(coverage->about > 0 ? coverage->about : coverage->total, total));
}

static struct sweep_coverage coverage_of_all(const struct out_run *run, enum sweep_level level)
{
    struct sweep_coverage sum = { .total = 0 };
    bool estimated = false;
    for (size_t index = 0; index < run->targets->count; index++) {
        const struct sweep_coverage *coverage = &run->sweep[index].coverage[level];
        sum.total += coverage->total;
        sum.mine += coverage->mine;
        sum.done += coverage->done;
        sum.about += coverage->about > 0 ? coverage->about : coverage->total;
        estimated = estimated || coverage->about > 0;
    }
    sum.about = estimated ? sum.about : 0;
    return sum;
}

static void print_coverage(const struct out_run *run)
{
    static const char *const units[] = { " points x threads", "", "", "" };
    const char *before = "";
    char text[48];
    for (unsigned at = 0; at < SWEEP_LEVEL_COUNT; at++) {
        struct sweep_coverage sum = coverage_of_all(run, (enum sweep_level)at);
        if (sum.total > 0) {
            coverage_text(&sum, text);
            (void)printf("%s%s %s%s%s", before, sweep_level_word((enum sweep_level)at), text,
                         units[at],
                         sum.done == sum.total && sum.about == 0 ? ""
                         : sum.done == sum.mine                  ? " (this shard)"
                         : at == SWEEP_SIGNALS                   ? " (not finished)"
                                                                 : " (sampled)");
            before = "; ";
        }
    }
    (void)fputs(*before != '\0' ? "\n" : "nothing to sweep\n", stdout);
}

static void print_endless(const struct out_run *run)
{
    size_t count = 0;
    for (size_t index = 0; index < run->targets->count; index++) {
        count += run->sweep[index].endless;
    }
    if (count > 0 && run->targets->count == 1) {
        (void)printf("without the signal it goes on for ever: swept over %u steps\n",
                     SWEEP_HORIZON);
    } else if (count > 0) {
        (void)printf("without the signal %zu go on for ever: swept over %u steps each\n", count,
                     SWEEP_HORIZON);
    }
}

void out_sweep_table(const struct out_run *run)
{
    int width = out_name_width(run);
    char text[48];
    (void)printf("\n%-*s %7s %18s", width,
                 run->targets->subjects[0].is_scenario ? "scenario" : "program", "points",
                 sweep_level_word(SWEEP_SIGNALS));
    for (unsigned at = SWEEP_PAIRS; at < SWEEP_LEVEL_COUNT; at++) {
        if (coverage_of_all(run, (enum sweep_level)at).total > 0) {
            (void)printf(" %18s", sweep_level_word((enum sweep_level)at));
        }
    }
    (void)printf(" %7s %7s  %s\n", "early", "failed", "verdict");
    for (size_t index = 0; index < run->targets->count; index++) {
        const struct subject *subject = &run->targets->subjects[index];
        const struct sweep_result *sweep = &run->sweep[index];
        (void)printf("%-*.*s %7" PRIu64, width, OUT_NAME_WIDTH_MAX, subject->name, sweep->points);
        for (unsigned at = 0; at < SWEEP_LEVEL_COUNT; at++) {
            coverage_text(&sweep->coverage[at], text);
            if (at == SWEEP_SIGNALS || coverage_of_all(run, (enum sweep_level)at).total > 0) {
                (void)printf(" %18s", text);
            }
        }
        (void)printf(" %7" PRIu64 " %7" PRIu64 "  %s\n", subject->early, subject->failures,
                     subject->executions > 0 ? verdict_word(verdict_of_all(subject->verdicts))
                                             : "-");
    }
    (void)fputc('\n', stdout);
    print_endless(run);
    print_coverage(run);
}
