/* SPDX-License-Identifier: MIT
 *
 * judge.h -- what an ended execution has earned, and why.
 */
#ifndef CURFEW_REAL_JUDGE_H
#define CURFEW_REAL_JUDGE_H

#include "execution.h"

struct finding {
    uint32_t earned;      /* set of VERDICT_BIT */
    enum verdict verdict; /* the first of them */
    bool early;           /* it died by a plan signal's default action: by design */
    char place[512];      /* tells failures of one verdict apart */
    char *details;        /* owned; a line for each verdict earned: "word: why" */
};

/* Judges an execution in state ENDED.
 *   Owns:    the caller owns out_finding->details, to be released with free(3). */
void judge_execution(const struct execution *execution, uint64_t deadline_ns,
                     struct finding *out_finding);

#endif
