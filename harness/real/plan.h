/* SPDX-License-Identifier: MIT
 *
 * plan.h -- the signals of one execution: when each is due, sending it, and what was seen then.
 *
 * Delays come from the execution's seed and the scenario's canonical text (sub-stream
 * "times:TEXT"), so the same seed and scenario have the same delays.  One in four is sent at once;
 * the others come after 1 us to 65 ms, log-uniformly, so that windows of every length are hit
 * equally often.
 */
#ifndef CURFEW_REAL_PLAN_H
#define CURFEW_REAL_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "../scenarios/scenario.h"

/* The events of an execution that delays are counted from, CLOCK_MONOTONIC; 0: not yet. */
struct plan_anchors {
    uint64_t started_ns;
    uint64_t ready_ns;
    uint64_t cleanup_ns;
};

struct plan_item {
    const struct scenario_signal *signal; /* borrowed */
    bool stops;                           /* the deadline counts from the first of these */
    uint64_t delay_ns;                    /* after its anchor */
    uint64_t handled_ns;                  /* when it was first seen to be handled; 0: not yet */
    uint32_t sent;                        /* of signal->count */
    uint64_t first_ns;                    /* when the first was sent; 0: none */
    uint64_t last_ns;                     /* when the last was sent */
    bool skipped;                         /* its thread does not exist (any more) */
    bool fatal; /* neither caught, blocked nor ignored when sent: death by it is by design */
};

struct plan {
    struct plan_item items[SCENARIO_PLAN_MAX];
    uint32_t count;
    uint32_t next; /* items before this one are done */
};

/* Draws the delays.  Borrows scenario while the plan lives. */
void plan_draw(struct plan *plan, const struct scenario *scenario, bool is_scenario, uint64_t seed,
               const char *canonical);

/* True while the next signal waits for the program to handle it (`@handled`).  Only a look at the
 * process tells, so look again every PLAN_LOOK_NS. */
#define PLAN_LOOK_NS UINT64_C(1000000)
bool plan_awaits_handler(struct plan *plan, pid_t pid);

/* When the next signal is due: UINT64_MAX while its anchor has not come, or when all is sent. */
uint64_t plan_due_ns(const struct plan *plan, const struct plan_anchors *anchors);

/* Sends what is due, a bounded number at a time.  `pid` is a child that is not waited for yet. */
void plan_send(struct plan *plan, const struct plan_anchors *anchors, pid_t pid);

/* The first stopping signal's time, the last signal's time; 0: none was sent. */
uint64_t plan_first_stop_ns(const struct plan *plan);
uint64_t plan_last_ns(const struct plan *plan);

/* The number of signals sent. */
uint64_t plan_sent(const struct plan *plan);

/* Writes what was sent and when, one line each.  `cut_off`: we ended the program, so what was not
 * sent was still waiting for its anchor. */
void plan_print(const struct plan *plan, const struct plan_anchors *anchors, bool cut_off,
                FILE *file);

/* True if `pid` (thread `tid` of it) would die by the signal now: it has the default action and is
 * not blocked.  *out_alive is false if it is dead already. */
bool plan_is_fatal(pid_t pid, pid_t tid, int signo, bool *out_alive);

#endif
