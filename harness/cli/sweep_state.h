/* SPDX-License-Identifier: MIT
 *
 * sweep_state.h -- what a sweep has done so far, in a file: --resume.
 */
#ifndef CURFEW_CLI_SWEEP_STATE_H
#define CURFEW_CLI_SWEEP_STATE_H

#include "../control/sweep.h"
#include "subject.h"

struct sweep_kinds {
    uint64_t *kinds; /* owned */
    size_t count;
};

struct sweep_progress {
    const char *identity; /* what is swept, and how: a state of anything else is refused */
    struct subject *subjects;
    struct sweep_result *results;
    struct sweep_kinds *kinds; /* of failures that were told, by subject */
    size_t count;
};

/* Fills in what the file says; a file that is not there says nothing.
 *   Errors:  -EINVAL, with one line in error. */
int sweep_state_read(const char *path, struct sweep_progress *progress, char error[512]);
/* Errors: a negative errno; the old file is then as it was. */
int sweep_state_write(const char *path, const struct sweep_progress *progress);
bool sweep_kinds_add(struct sweep_kinds *kinds, uint64_t kind);

#endif
