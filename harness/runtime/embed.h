/* SPDX-License-Identifier: MIT
 *
 * embed.h -- executions within a process that is not itself under control: a fuzz target's.
 *
 * There is no controller: the process makes the control block, fills in the requests, and calls
 * curfew__embed_run once per execution.  What body() does is one execution, with the steps of a
 * forked one that begins with body and whose main then returns; between two of them everything is
 * native.  Kernel threads are used again where pool.c can.
 * Threads: always the same one, with no thread of the program's alive between executions.
 */
#ifndef RT_EMBED_H
#define RT_EMBED_H

#include "control.h"

/* What an execution may be told that is not in the control block. */
struct curfew_embed {
    struct rt_control *control;
    int (*body)(void *context); /* its value is the exit status */
    void *context;
    /* The execution is over, but the process cannot go on: a verdict was reached, or other threads
     * of the program are alive.  Must not return.  All calls are native by then; any thread. */
    void (*over)(void *context);
};

/* One execution.  Returns when it is over and nobody but the caller is left, with the results in
 * the control block. */
void curfew__embed_run(const struct curfew_embed *embed);

/* From a handler of the process's own for a fault: the execution is over, everything is native. */
void curfew__embed_abandon(void);

#endif
