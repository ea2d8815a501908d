/* SPDX-License-Identifier: MIT
 *
 * sweep_stage.h -- sets of executions that are counted before they are made.
 */
#ifndef CURFEW_CONTROL_SWEEP_STAGE_H
#define CURFEW_CONTROL_SWEEP_STAGE_H

#include "sweep.h"

#define SWEEP_EDITS_MAX 4u

/* Executions that differ in one edit. */
struct sweep_fan {
    struct rt_edit edits[SWEEP_EDITS_MAX];
    uint32_t edits_count;
    uint32_t varies; /* which */
    /* From the survey: */
    struct rt_point *points; /* owned; `able` is a running sum, this point included */
    uint32_t points_count;
    uint32_t last; /* to how many threads at the last point; of a signal alone */
    bool cut;
    uint64_t before; /* placements of the fans before this one */
};

struct sweep_stage {
    struct sweep_fan *fans; /* owned */
    size_t fans_count;
    uint64_t total; /* placements */
};

/* A fan of these edits; the one that varies is not placed yet.  False: no memory. */
bool sweep_fan_add(struct sweep_stage *stage, const struct rt_edit *edits, uint32_t edits_count,
                   uint32_t varies);
/* Edits that are not placed yet: a signal comes when nobody else can go on, a switch never. */
struct rt_edit sweep_edit_signal(uint32_t signal);
struct rt_edit sweep_edit_switch(void);
/* Takes over what a survey of the fan found.  Only a fan's own fields are written. */
void sweep_fan_survey(struct sweep_fan *fan, const struct rt_control *memory);
/* All fans were surveyed: counts. */
void sweep_stage_count(struct sweep_stage *stage);
/* The edits of a placement, from 0 to total - 1.  Returns how many. */
uint32_t sweep_stage_edits(const struct sweep_stage *stage, uint64_t placement,
                           struct rt_edit edits[RT_EDITS_MAX]);
/* The n-th of `total` in an order that looks like none: a permutation. */
uint64_t sweep_scatter(uint64_t number, uint64_t total);
void sweep_stage_fini(struct sweep_stage *stage);

#endif
