/* SPDX-License-Identifier: MIT
 *
 * subject.h -- what a campaign executes: one scenario, or one program with its arguments.
 */
#ifndef CURFEW_REAL_SUBJECT_H
#define CURFEW_REAL_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "../scenarios/scenario.h"
#include "../verdict.h"

struct subject {
    char *name;               /* owned; what the table calls it */
    char *text;               /* owned; the canonical scenario text, or the command line */
    bool is_scenario;         /* else only scenario.signals counts */
    struct scenario scenario; /* its signal plan, and what may be expected */
    char *path;               /* owned; the executable, absolute */
    char **argv;              /* owned; NULL-terminated */
    bool watches_races;       /* it was built with ThreadSanitizer */
    bool is_elf;              /* else nothing is known of what it runs */
    int expect_status;        /* of a program: 0 to 255; 128 + n also means death by signal n */

    /* What the campaign has seen of it. */
    uint64_t executions;
    uint64_t signals;
    uint64_t early; /* deaths by a signal's default action: by design */
    uint64_t idle;  /* executions that ended before any signal was sent */
    uint64_t failures;
    uint64_t slowest_stop_ns;
    uint64_t steps;    /* under control alone, as the next */
    uint64_t distinct; /* traces */
    uint32_t verdicts; /* set of VERDICT_BIT, one per execution */
    bool autopsied;    /* one symbolised backtrace of a hang is enough */
    char reason[256];  /* why a subject without a failure is not judged; "": it is */
};

/* After the campaign: a program that no signal of its plan ever met while it could handle it has
 * proved nothing, so its verdict is `unsupported`, with a reason.  Scenarios know what they plan.
 * Returns true if that is so. */
bool subject_doubt(struct subject *subject);

void subject_fini(struct subject *subject);

#endif
