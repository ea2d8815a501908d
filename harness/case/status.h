/* SPDX-License-Identifier: MIT
 *
 * status.h -- what a fuzz target tells whoever started it: a file that both map, named by
 * $CURFEW_FUZZ_STATUS.
 *
 * The mutator reads it, too: where the last execution has had decisions, records do something.
 * The input is there before it is executed, so that what ends the process stays.  A target writes,
 * one process at a time; who reads meanwhile may see counts that are old.
 */
#ifndef CURFEW_CASE_STATUS_H
#define CURFEW_CASE_STATUS_H

#include "case.h"

#define FUZZ_STATUS_ENV "CURFEW_FUZZ_STATUS"

struct fuzz_status {
    uint64_t executions; /* begun; goes on in the next process */
    uint64_t size;       /* of the input that is executed, or was last */
    uint8_t bytes[CASE_BYTES_MAX];
    uint32_t phase_decisions[RT_PHASE_COUNT]; /* of the last that has passed */
};

#endif
