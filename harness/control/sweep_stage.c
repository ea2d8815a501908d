/* SPDX-License-Identifier: MIT
 *
 * sweep_stage.c -- from a placement's number to its edits, by running sums.  No I/O.
 */
#include "sweep_stage.h"

#include <stdlib.h>
#include <string.h>

#define FANS_FIRST 16u

bool sweep_fan_add(struct sweep_stage *stage, const struct rt_edit *edits, uint32_t edits_count,
                   uint32_t varies)
{
    size_t count = stage->fans_count;
    if (count == 0 || (count >= FANS_FIRST && (count & (count - 1)) == 0)) {
        size_t room = count == 0 ? FANS_FIRST : 2 * count;
        struct sweep_fan *fans = realloc(stage->fans, room * sizeof fans[0]);
        if (fans == NULL) {
            return false;
        }
        stage->fans = fans;
    }
    struct sweep_fan *fan = &stage->fans[stage->fans_count++];
    *fan = (struct sweep_fan){ .edits_count = edits_count, .varies = varies };
    memcpy(fan->edits, edits, edits_count * sizeof edits[0]);
    return true;
}

struct rt_edit sweep_edit_signal(uint32_t signal)
{
    return (struct rt_edit){ RT_EDIT_LAST, RT_EDIT_SIGNAL, 0, signal };
}

struct rt_edit sweep_edit_switch(void)
{
    return (struct rt_edit){ RT_EDIT_NEVER, RT_EDIT_SWITCH, 0, 0 };
}

void sweep_fan_survey(struct sweep_fan *fan, const struct rt_control *memory)
{
    bool signal = fan->edits[fan->varies].kind == RT_EDIT_SIGNAL;
    uint32_t count = memory->points_count < RT_POINTS_MAX ? memory->points_count : RT_POINTS_MAX;
    fan->cut = memory->points_cut != 0;
    uint32_t first = memory->points[0].step;
    while (fan->cut && count > 0 && memory->points[count - 1].step >= first + SWEEP_HORIZON) {
        count--;
    }
    /* When nobody else can go on.  If that never is, it comes too late, and that is one, too. */
    fan->last = !signal || fan->cut ? 0 : memory->point_last > 0 ? memory->point_last : 1;
    fan->points = malloc((count + 1) * sizeof fan->points[0]);
    if (fan->points == NULL) {
        return;
    }
    fan->points_count = count;
    uint32_t sum = 0;
    for (uint32_t at = 0; at < count; at++) {
        fan->points[at] = memory->points[at];
        sum += memory->points[at].able;
        fan->points[at].able = sum;
    }
}

static uint64_t fan_total(const struct sweep_fan *fan)
{
    return fan->last +
           (fan->points_count > 0 ? (uint64_t)fan->points[fan->points_count - 1].able : 0);
}

void sweep_stage_count(struct sweep_stage *stage)
{
    stage->total = 0;
    for (size_t at = 0; at < stage->fans_count; at++) {
        stage->fans[at].before = stage->total;
        stage->total += fan_total(&stage->fans[at]);
    }
}

/* The fan that a placement is in. */
static const struct sweep_fan *fan_find(const struct sweep_stage *stage, uint64_t placement)
{
    size_t low = 0;
    size_t high = stage->fans_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (stage->fans[middle].before <= placement) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &stage->fans[low];
}

uint32_t sweep_stage_edits(const struct sweep_stage *stage, uint64_t placement,
                           struct rt_edit edits[RT_EDITS_MAX])
{
    const struct sweep_fan *fan = fan_find(stage, placement);
    struct rt_edit *edit = &edits[fan->varies];
    uint64_t within = placement - fan->before;
    uint32_t low = 0;
    uint32_t high = fan->points_count;
    memcpy(edits, fan->edits, sizeof fan->edits);
    while (low < high) { /* the first point whose sum is beyond */
        uint32_t middle = low + (high - low) / 2;
        if (fan->points[middle].able <= within) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint64_t before = low > 0 ? fan->points[low - 1].able : 0;
    edit->argument = (uint16_t)(within - before);
    if (low < fan->points_count) {
        edit->decision = fan->points[low].decision;
    }
    return fan->edits_count;
}

/* Rounds of a Feistel network over the next even number of bits, until the result is in range. */
uint64_t sweep_scatter(uint64_t number, uint64_t total)
{
    unsigned half = 1;
    while (half < 32 && total > UINT64_C(1) << (2 * half)) {
        half++;
    }
    uint64_t mask = (UINT64_C(1) << half) - 1;
    do {
        uint64_t left = number >> half;
        uint64_t right = number & mask;
        for (uint64_t round = 1; round <= 4; round++) {
            uint64_t mixed = (right + round) * UINT64_C(0x9e3779b97f4a7c15);
            mixed = (mixed ^ (mixed >> 32)) * UINT64_C(0xd6e8feb86659fd93);
            uint64_t next = left ^ ((mixed >> 20) & mask);
            left = right;
            right = next;
        }
        number = left << half | right;
    } while (number >= total);
    return number;
}

void sweep_stage_fini(struct sweep_stage *stage)
{
    for (size_t at = 0; at < stage->fans_count; at++) {
        free(stage->fans[at].points);
    }
    free(stage->fans);
    *stage = (struct sweep_stage){ .fans = NULL };
}
