/* SPDX-License-Identifier: MIT
 *
 * campaign.h -- the data of one campaign, shared by the files that make it up: campaign.c (order of
 * work), baseline.c, points.c (where to hit), finding.c (what was found), report.c (what is said),
 * case.c (what is saved).
 */
#ifndef CURFEW_PROBE_CAMPAIGN_H
#define CURFEW_PROBE_CAMPAIGN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "judge.h"
#include "options.h"
#include "run.h"

#define BASELINE_RUNS 5

struct candidate {
    struct point point;
    uint32_t order; /* system calls before it in the baseline */
    bool reached, early, passed;
    int wait_status; /* if it passed: how it ended, and how soon */
    uint64_t end_ns;
};

struct finding {
    struct judgement judgement;
    size_t candidate; /* the point that stands for all */
    uint32_t points;  /* where it was seen */
    size_t others[2]; /* further points, tried when the first is not to be had again */
    uint32_t others_count;
    uint32_t again, tries; /* "m of n" */
    char neighbour[512];   /* the nearest point that passes, and what is different there */
    char file[512];        /* saved case, or "" */
    struct run_result *result;
};

struct campaign {
    struct probe_options *options;
    const char *name;
    const char *scratch;
    bool namespaces;
    char weaker[200]; /* what the weaker form lacks; "" with namespaces */
    long jobs;
    int signals[SIGNALS_MAX]; /* those that end the program */
    size_t signals_count;

    struct expectation expectation;
    struct sighting *sightings; /* stable ones */
    size_t sightings_count;

    struct candidate *candidates;
    size_t candidates_count;
    size_t next, done, reached, clean, early;
    struct finding *findings;
    size_t findings_count;
    size_t internal;
    char internal_text[200];
    uint64_t begin_ns, points_ns, runs_ns; /* time of the campaign, of its points */
    uint64_t shown_ns;
};

/* campaign.c: makes ready what all runs need.
 *   Returns 0, or 3 and why, in 400 bytes. */
int campaign_begin(struct campaign *campaign, struct probe_options *options, char *out_why);
void campaign_end(struct campaign *campaign);

/* The plan that all runs of a campaign have in common. */
struct run_plan campaign_plan(const struct campaign *campaign);

/* baseline.c: learns the expectation and the sightings.
 *   Returns 0, or 3 if the program cannot be judged; out_why says why, in 400 bytes. */
int baseline_run(struct campaign *campaign, char *out_why);

/* points.c */
void points_choose(struct campaign *campaign);

/* finding.c */
void finding_add(struct campaign *campaign, size_t candidate, const struct judgement *judgement,
                 const struct run_result *result);
void findings_confirm(struct campaign *campaign);
void findings_sort(struct campaign *campaign);
/* Whether it counts: seen again, or not tried again. */
bool finding_counts(const struct finding *finding);

/* report.c */
void report_baseline(const struct campaign *campaign);
void report_unusable(const struct campaign *campaign, const char *why);
void report_progress(struct campaign *campaign, const char *what, size_t done, size_t all);
void report_progress_end(const struct campaign *campaign);
void report_finding(const struct campaign *campaign, const struct finding *finding);
void report_summary(const struct campaign *campaign, const char *verdict);
int report_junit(const struct campaign *campaign);
void report_explanation(FILE *out, const struct point *point, const struct judgement *judgement,
                        const struct run_result *result, const char *neighbour);

/* case.c */
int case_save(const struct campaign *campaign, struct finding *finding); /* 0 or a negative errno */

#endif
