/* SPDX-License-Identifier: MIT
 *
 * batch.h -- carries out many runs, several at the same time.
 */
#ifndef CURFEW_PROBE_BATCH_H
#define CURFEW_PROBE_BATCH_H

#include <stdbool.h>

#include "run.h"

struct batch_callbacks {
    /* Fills in the plan of the next run; false when there is none left. */
    bool (*next)(void *context, struct run_plan *out_plan, size_t *out_number);
    void (*done)(void *context, size_t number, const struct run_plan *plan,
                 const struct run_result *result);
};

/* Returns false if it was interrupted. */
bool batch_run(const struct batch_callbacks *callbacks, void *context, long jobs);

/* Memory that a run can write to and its driver can read. */
void *shared_new(size_t bytes);
void shared_free(void *memory, size_t bytes);

/* A directory for runs to be isolated in, watched by a process that removes it, and ends all that
 * was started, when the driver ends in whatever way.  Returns its path, or NULL. */
const char *scratch_new(void);

#endif
