/* SPDX-License-Identifier: MIT
 *
 * mutate.h -- edits cases, not bytes.
 */
#ifndef CURFEW_FUZZ_MUTATE_H
#define CURFEW_FUZZ_MUTATE_H

#include "case/status.h"

struct mutator {
    uint64_t random;
    uint16_t lengths[2];            /* that strategies are to expect; 0: as the case says */
    bool fixed;                     /* the scenario stays as it is */
    struct scenario scenario;       /* ... this one */
    const struct fuzz_status *last; /* what the last execution was like; NULL: unknown */
};

/* Reads $CURFEW_FUZZ_LENGTHS, "STEPS,STEPS": how long executions are that a signal stops as soon as
 * nobody else can go on, and those that none stops.  Both 0: it does not say. */
void mutate_lengths(uint16_t out_lengths[2]);
/* Reads $CURFEW_FUZZ_SCENARIO and $CURFEW_FUZZ_STATUS, too.  False: there is no such scenario. */
bool mutator_init(struct mutator *mutator, uint64_t seed);

/* One edit; the result can be encoded.  other: a case to take parts of; NULL: none.  Says what it
 * did, for people. */
const char *mutate(struct mutator *mutator, struct execution_case *execution,
                   const struct execution_case *other);
/* Edits the scenario alone, several times. */
void mutate_configuration(struct mutator *mutator, struct execution_case *execution);

#endif
