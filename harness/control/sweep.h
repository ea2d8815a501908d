/* SPDX-License-Identifier: MIT
 *
 * sweep.h -- every signal at every point of the base schedule, to every thread that may take it;
 * then pairs of signals, then signals with preemptions.
 *
 * The base schedule runs each thread until it blocks.  A point is a decision of it: a moment at
 * which the environment could have sent the signal.  The last point is when nobody else can go on,
 * or the end.  A program that goes on for ever without the signal is swept over
 * SWEEP_HORIZON steps, from the first at which the signal can come.
 */
#ifndef CURFEW_CONTROL_SWEEP_H
#define CURFEW_CONTROL_SWEEP_H

#include "control.h"

#define SWEEP_HORIZON 1000u

/* X(NAME, word): in the order of their cost. */
#define SWEEP_LEVELS(X)                                                                            \
    X(SIGNALS, "signals")                                                                          \
    X(PAIRS, "pairs")                                                                              \
    X(PREEMPTED, "preempted")                                                                      \
    X(TWICE_PREEMPTED, "twice-preempted")

enum sweep_level {
#define X(name, word) SWEEP_##name,
    SWEEP_LEVELS(X)
#undef X
        SWEEP_LEVEL_COUNT
};
const char *sweep_level_word(enum sweep_level level);

struct sweep_coverage {
    uint64_t total; /* executions that there are, over all shards; 0: the level was not begun */
    uint64_t about; /* where total is a sample of them: about how many; else 0 */
    uint64_t mine;  /* of them, this shard's */
    uint64_t done;  /* of mine, those before included */
};

struct sweep_result {
    struct control_result control; /* of all levels; executions are those of this call */
    struct sweep_coverage coverage[SWEEP_LEVEL_COUNT];
    uint64_t points; /* of the base schedule, for all signals of the plan */
    bool endless;    /* the program goes on without the signal: SWEEP_HORIZON steps of it */
};

struct sweep_options {
    const struct control_options *control; /* its runs and time_ns are for all levels */
    bool deeper;                           /* go on behind the first level */
    const struct control_options *pairs;   /* with a plan of at least two signals; NULL: no pairs */
    uint64_t preemptions;                  /* 0 to 2 */
    /* A sweep that is gone on with: what it had covered, and the kinds of failure it had told. */
    struct sweep_coverage before[SWEEP_LEVEL_COUNT];
    const uint64_t *kinds;
    size_t kinds_count;
};

/* Sweeps.  The sink is told each execution once, levels one after the other; record->number counts
 * within its level; is_new says that no level saw this kind before.
 *   Errors:  as control_campaign. */
int control_sweep(const struct sweep_options *options, const struct control_sink *sink,
                  struct sweep_result *out_result);

#endif
