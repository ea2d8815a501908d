/* SPDX-License-Identifier: MIT
 *
 * finding.c -- gathers what is probably one defect, and runs each again to see how often it comes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "campaign.h"
#include "handlers.h"
#include "util.h"

/* Where it is, how the program ended there, and which calls the thread makes between the two. */
static void describe_neighbour(const struct campaign *campaign, const struct candidate *wanted,
                               const struct candidate *best, char *text, size_t bytes)
{
    bool earlier = best->order < wanted->order;
    uint32_t from = earlier ? best->order : wanted->order;
    uint32_t to = earlier ? wanted->order : best->order;
    int calls = 0;
    (void)snprintf(text, bytes, "%s, %u calls %s: %s, %.1f ms later", point_text(&best->point),
                   to - from, earlier ? "earlier" : "later", status_text(best->wait_status),
                   (double)best->end_ns / 1e6);
    for (size_t i = 0; i < campaign->sightings_count; i++) {
        const struct sighting *sighting = &campaign->sightings[i];
        if (sighting->first_call > from && sighting->first_call < to &&
            strcmp(sighting->site.path, wanted->point.site.path) == 0) {
            calls++;
            append(text, bytes, "%s%s",
                   calls == 1   ? "; between them "
                   : calls <= 8 ? ", "
                                : "",
                   calls < 8    ? syscall_name(sighting->site.nr)
                   : calls == 8 ? "..."
                                : "");
        }
    }
}

/* The same thread, mode and signal, as near as there is one, where all went well. */
static void find_neighbour(const struct campaign *campaign, struct finding *finding)
{
    const struct candidate *wanted = &campaign->candidates[finding->candidate];
    const struct candidate *best = NULL;
    uint32_t best_distance = UINT32_MAX;
    for (size_t i = 0; i < campaign->candidates_count; i++) {
        const struct candidate *candidate = &campaign->candidates[i];
        uint32_t distance = candidate->order > wanted->order ? candidate->order - wanted->order
                                                             : wanted->order - candidate->order;
        if (candidate->passed && !candidate->early && candidate->point.mode == wanted->point.mode &&
            candidate->point.signo == wanted->point.signo &&
            strcmp(candidate->point.site.path, wanted->point.site.path) == 0 &&
            distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    if (best) {
        describe_neighbour(campaign, wanted, best, finding->neighbour, sizeof finding->neighbour);
    }
}

void finding_add(struct campaign *campaign, size_t candidate, const struct judgement *judgement,
                 const struct run_result *result)
{
    for (size_t i = 0; i < campaign->findings_count; i++) {
        struct finding *finding = &campaign->findings[i];
        if (finding->judgement.signature == judgement->signature &&
            campaign->candidates[finding->candidate].point.signo ==
                campaign->candidates[candidate].point.signo) {
            finding->points++;
            if (finding->others_count < 2) {
                finding->others[finding->others_count++] = candidate;
            }
            return;
        }
    }
    campaign->findings =
        xrealloc(campaign->findings, (campaign->findings_count + 1) * sizeof *campaign->findings);
    struct finding *finding = &campaign->findings[campaign->findings_count++];
    *finding = (struct finding){ .judgement = *judgement, .candidate = candidate, .points = 1 };
    finding->result = xcalloc(1, sizeof *finding->result);
    *finding->result = *result;
}

struct again {
    struct campaign *campaign;
    struct finding *finding;
    const struct point *point;
    size_t started, done, seen;
    bool kept;
};

static bool next(void *context, struct run_plan *out_plan, size_t *out_number)
{
    struct again *again = context;
    if (again->started == (size_t)again->campaign->options->retry) {
        return false;
    }
    *out_plan = campaign_plan(again->campaign);
    out_plan->kind = RUN_POINT;
    out_plan->point = *again->point;
    out_plan->explain = !again->kept; /* stacks take time: once is enough */
    *out_number = again->started++;
    return true;
}

static void done(void *context, size_t number, const struct run_plan *plan,
                 const struct run_result *result)
{
    struct again *again = context;
    struct campaign *campaign = again->campaign;
    struct judgement judgement;
    (void)number;
    judge_run(campaign->options, &campaign->expectation, again->point, result, &judgement);
    again->done++;
    if (judgement.verdict == again->finding->judgement.verdict) {
        again->seen++;
        if (plan->explain && !again->kept) {
            *again->finding->result = *result;
            again->kept = true;
        }
    }
}

static size_t try_point(struct campaign *campaign, struct finding *finding, size_t candidate)
{
    static const struct batch_callbacks callbacks = { next, done };
    struct again again = { .campaign = campaign,
                           .finding = finding,
                           .point = &campaign->candidates[candidate].point };
    (void)batch_run(&callbacks, &again, campaign->jobs);
    if (finding->tries == 0 || again.seen > finding->again) {
        finding->again = (uint32_t)again.seen;
        finding->candidate = candidate;
    }
    finding->tries = (uint32_t)again.done;
    return again.seen;
}

void findings_confirm(struct campaign *campaign)
{
    for (size_t i = 0; i < campaign->findings_count && !handlers_noted(); i++) {
        struct finding *finding = &campaign->findings[i];
        report_progress(campaign, "again", i, campaign->findings_count);
        if (campaign->options->retry == 0) {
            continue;
        }
        size_t seen = try_point(campaign, finding, finding->candidate);
        /* A point that was hit by chance is not the best witness if there are others. */
        for (uint32_t other = 0; other < finding->others_count && !handlers_noted() &&
                                 2 * seen < (size_t)campaign->options->retry;
             other++) {
            seen = try_point(campaign, finding, finding->others[other]);
        }
        find_neighbour(campaign, finding);
    }
}

static int by_severity(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    if (a->judgement.severity != b->judgement.severity) {
        return a->judgement.severity - b->judgement.severity;
    }
    return (int)b->again - (int)a->again;
}

void findings_sort(struct campaign *campaign)
{
    if (campaign->findings_count) {
        qsort(campaign->findings, campaign->findings_count, sizeof *campaign->findings,
              by_severity);
    }
}

bool finding_counts(const struct finding *finding)
{
    return finding->tries == 0 || finding->again > 0;
}
