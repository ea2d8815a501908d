/* SPDX-License-Identifier: MIT
 *
 * outputs.h -- all outputs that were asked for, as one.  An output that fails ends the campaign:
 * results that nobody sees are no results.
 */
#ifndef CURFEW_CLI_OUTPUTS_H
#define CURFEW_CLI_OUTPUTS_H

#include "curfew/stop.h"
#include "out.h"

struct outputs {
    struct out outs[4];
    size_t count;
    const struct out_run *run;
    const char *verb;
    struct curfew_stop *stop; /* requested when an output fails */
    int error;                /* of the first that failed; it has been printed */
};

/* What is told of an execution under control.  It lends what it names. */
struct out_failure out_failure_of(const struct subject *subject,
                                  const struct control_record *record);
/* Adds what a campaign came to. */
void out_result_add(struct out_result *total, const struct control_result *result);

void outputs_begin(struct outputs *outputs);
void outputs_failure(struct outputs *outputs, const struct out_failure *failure);
void outputs_progress(struct outputs *outputs, const struct campaign_progress *progress);
void outputs_end(struct outputs *outputs, const struct out_result *result);
/* The end of what may have stopped early: nothing is told of what has executed nothing.
 *   status:  the verb's, of what cannot go on; -1: there is none.
 *   Returns the verb's exit status. */
int outputs_finish(struct outputs *outputs, const struct out_result *result, int status);

#endif
