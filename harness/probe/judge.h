/* SPDX-License-Identifier: MIT
 *
 * judge.h -- what the observations of a run mean, against what clean stops of the program look
 * like.
 */
#ifndef CURFEW_PROBE_JUDGE_H
#define CURFEW_PROBE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "../verdict.h"
#include "options.h"
#include "run.h"

#define STATUSES_MAX 16

/* How the program behaves when nothing is wrong; learned from the baseline. */
struct expectation {
    int statuses[STATUSES_MAX]; /* wait statuses */
    int statuses_count;
    struct words left; /* "file /run/x", with digits as '#' */
    bool daemonises;
    char main_path[PATH_BYTES];
    bool restarts;    /* a start after a clean stop succeeds */
    bool ends_itself; /* a program that ends without a signal */
    uint64_t ready_ns, stop_ns, calls;
    uint32_t threads;
};

struct judgement {
    enum verdict verdict;
    bool reached; /* else the point was not, and nothing is judged */
    bool early;   /* the default action ended it before there were handlers: by design */
    int severity; /* 1 worst; 0 for a pass */
    char detail[300];
    uint64_t signature; /* equal for what is probably one defect */
};

void expectation_learn(struct expectation *expectation, const struct run_result *result);
void expectation_fini(struct expectation *expectation);

void judge_run(const struct probe_options *options, const struct expectation *expectation,
               const struct point *point, const struct run_result *result, struct judgement *out);

/* "exit status 1" or "killed by SEGV", into a static buffer. */
const char *status_text(int wait_status);

#endif
