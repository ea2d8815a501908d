/* SPDX-License-Identifier: MIT
 *
 * baseline.c -- five runs with a signal once the program is ready and quiet: what a clean stop is,
 * and which system calls there are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "campaign.h"
#include "util.h"

struct baseline {
    struct campaign *campaign;
    int signo;
    size_t runs, started;
    struct run_result results[BASELINE_RUNS];
    struct sighting *sightings[BASELINE_RUNS]; /* NULL: only the end matters */
    size_t done;
};

static bool next(void *context, struct run_plan *out_plan, size_t *out_number)
{
    struct baseline *baseline = context;
    if (baseline->started == baseline->runs) {
        return false;
    }
    *out_number = baseline->started++;
    *out_plan = campaign_plan(baseline->campaign);
    out_plan->kind = RUN_BASELINE;
    out_plan->point = (struct point){ .mode = MODE_TIME, .micros = POINT_WHEN_QUIET };
    out_plan->point.signo = baseline->signo;
    out_plan->point.target =
        (enum target)name_index(target_names, baseline->campaign->options->target);
    out_plan->must_restart = true;
    out_plan->sightings = baseline->sightings[*out_number];
    return true;
}

static void done(void *context, size_t number, const struct run_plan *plan,
                 const struct run_result *result)
{
    struct baseline *baseline = context;
    (void)plan;
    baseline->results[number] = *result;
    report_progress(baseline->campaign, "baseline", ++baseline->done, baseline->runs);
}

static int by_key(const void *left, const void *right)
{
    const struct sighting *a = left, *b = right;
    return a->key < b->key ? -1 : a->key > b->key;
}

static int by_order(const void *left, const void *right)
{
    const struct sighting *a = left, *b = right;
    return a->first_call < b->first_call ? -1 : a->first_call > b->first_call;
}

/* Keeps the sightings that all runs but one have in common. */
static void merge(struct baseline *baseline)
{
    struct campaign *campaign = baseline->campaign;
    size_t count = baseline->results[0].sightings_count;
    campaign->sightings = xcalloc(count + 1, sizeof *campaign->sightings);
    for (size_t run = 1; run < baseline->runs; run++) {
        qsort(baseline->sightings[run], baseline->results[run].sightings_count,
              sizeof(struct sighting), by_key);
    }
    for (size_t i = 0; i < count; i++) {
        struct sighting merged = baseline->sightings[0][i];
        size_t seen = 1;
        for (size_t run = 1; run < baseline->runs; run++) {
            const struct sighting *same =
                bsearch(&merged, baseline->sightings[run], baseline->results[run].sightings_count,
                        sizeof(struct sighting), by_key);
            if (same) {
                seen++;
                merged.last = same->last < merged.last ? same->last : merged.last;
                merged.first = same->first < merged.first ? same->first : merged.first;
            }
        }
        if (seen + 1 >= baseline->runs) {
            campaign->sightings[campaign->sightings_count++] = merged;
        }
    }
    qsort(campaign->sightings, campaign->sightings_count, sizeof(struct sighting), by_order);
}

static const char *const end_texts[] = {
    [RUN_UNFINISHED] = "could not be run",
    [RUN_ERROR] = "could not be run",
    [RUN_NOT_READY] = "are not ready in time (--start, --ready)",
    [RUN_SELF_ENDED] = "end before they are ready",
    [RUN_UNREACHED] = "were not stopped",
    [RUN_ENDED] = "end in time",
    [RUN_LATE] = "end late (--deadline)",
    [RUN_LOST] = "end only at the second signal",
    [RUN_HANG] = "do not end",
    [RUN_SPIN] = "do not end, and spin",
};

/* Says how the runs ended if they did not all end alike and well. */
static int agree(const struct baseline *baseline, enum run_end wanted, char *out_why)
{
    size_t counts[RUN_SPIN + 1] = { 0 };
    const struct run_result *odd = NULL;
    for (size_t i = 0; i < baseline->runs; i++) {
        counts[baseline->results[i].end]++;
        if (baseline->results[i].end != wanted) {
            odd = &baseline->results[i];
        }
    }
    if (!odd) {
        return 0;
    }
    (void)snprintf(out_why, 400, "baseline is %s with %s:", counts[wanted] ? "flaky" : "unusable",
                   signal_name(baseline->signo));
    for (size_t i = 0; i <= RUN_SPIN; i++) {
        if (counts[i]) {
            append(out_why, 400, " %zu of %zu %s;", counts[i], baseline->runs, end_texts[i]);
        }
    }
    append(out_why, 400, " %s",
           odd->error[0]    ? odd->error
           : odd->output[0] ? odd->output
                            : status_text(odd->wait_status));
    return 3;
}

static uint64_t median(const struct baseline *baseline, size_t offset)
{
    uint64_t values[BASELINE_RUNS];
    for (size_t i = 0; i < baseline->runs; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&baseline->results[i] + offset, sizeof value);
        size_t j = i;
        for (; j > 0 && values[j - 1] > value; j--) {
            values[j] = values[j - 1];
        }
        values[j] = value;
    }
    return values[baseline->runs / 2];
}

/* The user's commands must succeed when nothing is wrong, or they say nothing when something is. */
static int trials_agree(const struct baseline *baseline, char *out_why)
{
    for (size_t i = 0; i < baseline->runs; i++) {
        const struct run_result *result = &baseline->results[i];
        const struct trial *trial =
            result->workload.end == TRIAL_BAD ? &result->workload : &result->check;
        if (trial->end == TRIAL_BAD) {
            (void)snprintf(out_why, 400, "baseline is unusable with %s: %s%s%s",
                           signal_name(baseline->signo), trial->text, *trial->output ? ": " : "",
                           trial->output);
            return 3;
        }
        if (result->sightings_full || result->left_count > LEFT_MAX) {
            (void)snprintf(out_why, 400, "baseline is unusable: more than %u %s",
                           result->sightings_full ? SIGHTINGS_MAX : LEFT_MAX,
                           result->sightings_full ? "distinct sites of system calls"
                                                  : "files are left behind (--allow-left)");
            return 3;
        }
    }
    return 0;
}

static int learn(struct baseline *baseline, bool first, char *out_why)
{
    struct expectation *expectation = &baseline->campaign->expectation;
    /* To end before it is ready is right only for a program that has no such thing. */
    bool itself =
        baseline->results[0].end == RUN_SELF_ENDED && baseline->campaign->options->ready.count == 0;
    int result = agree(baseline, itself ? RUN_SELF_ENDED : RUN_ENDED, out_why);
    if (result) {
        return result;
    }
    result = trials_agree(baseline, out_why);
    if (result) {
        return result;
    }
    for (size_t i = 0; i < baseline->runs; i++) {
        expectation_learn(expectation, &baseline->results[i]);
    }
    if (!first) {
        return 0;
    }
    expectation->ends_itself = itself;
    expectation->daemonises = baseline->results[0].daemonises;
    memcpy(expectation->main_path, baseline->results[0].main_path, sizeof expectation->main_path);
    expectation->restarts = true;
    for (size_t i = 0; i < baseline->runs; i++) {
        expectation->restarts &= baseline->results[i].restart.end == TRIAL_GOOD;
    }
    expectation->ready_ns = median(baseline, offsetof(struct run_result, ready_ns));
    expectation->stop_ns = median(baseline, offsetof(struct run_result, end_ns));
    expectation->calls = median(baseline, offsetof(struct run_result, calls));
    expectation->threads = baseline->results[0].threads;
    return 0;
}

static int run_for(struct campaign *campaign, int signo, bool first, char *out_why)
{
    struct baseline *baseline = xcalloc(1, sizeof *baseline);
    *baseline = (struct baseline){ .campaign = campaign, .signo = signo };
    baseline->runs = first ? BASELINE_RUNS : 2;
    for (size_t i = 0; first && i < baseline->runs; i++) {
        baseline->sightings[i] = shared_new(SIGHTINGS_MAX * sizeof(struct sighting));
    }
    static const struct batch_callbacks callbacks = { next, done };
    int result = 3;
    (void)snprintf(out_why, 400, "interrupted");
    if (batch_run(&callbacks, baseline, campaign->jobs)) {
        result = learn(baseline, first, out_why);
        if (result == 0 && first) {
            merge(baseline);
        }
    }
    for (size_t i = 0; first && i < baseline->runs; i++) {
        shared_free(baseline->sightings[i], SIGHTINGS_MAX * sizeof(struct sighting));
    }
    free(baseline);
    return result;
}

int baseline_run(struct campaign *campaign, char *out_why)
{
    const struct words *names = &campaign->options->signals;
    for (size_t i = 0; i < names->count; i++) {
        int signo = signal_from_name(names->item[i]);
        int result = run_for(campaign, signo, i == 0, out_why);
        if (result) {
            return result;
        }
        campaign->signals[campaign->signals_count++] = signo;
    }
    return 0;
}
