/* SPDX-License-Identifier: MIT
 *
 * slice.c -- threads in turn, each for a fixed number of steps: lock-step and near to it.
 *
 * What symmetric threads do wrong together (each holds one and wants the next) needs all of them at
 * the same place at once, which random switching hardly ever gives with many threads.  Each
 * execution draws one length for main, which starts the others, one for all others, and now and
 * then one for each.
 */
#include "../strategy.h"

#define SLICE_LOG_MAX 6u

static struct rt_random lengths;
static struct rt_random choices;
static uint32_t length_common;
static bool length_each;
static uint32_t length[RT_THREADS_MAX] RT_LARGE; /* 0: not drawn yet */
static uint32_t drawn_end;                       /* no thread from here on has a length */
static uint32_t used;                            /* decisions in a row for the current thread */
static uint32_t clock_below;                     /* of 16: how often the clock may win */

static uint32_t slice_draw(void)
{
    uint32_t bound = 1u << rt_random_below(&lengths, SLICE_LOG_MAX + 1);
    return 1 + rt_random_below(&lengths, bound);
}

static const char *slice_begin(uint64_t seed, const char *params)
{
    for (uint32_t at = 0; at < drawn_end; at++) {
        length[at] = 0;
    }
    drawn_end = 1;
    used = 0;
    lengths = rt_random_stream(seed, 4);
    choices = rt_random_stream(seed, 2);
    length[0] = slice_draw();
    length_common = 1 + rt_random_below(&lengths, 4);
    length_each = rt_random_below(&lengths, 4) == 0;
    clock_below = rt_random_below(&lengths, 4);
    return params[0] == '\0' ? NULL : "strategy 'slice' takes no parameters";
}

static uint32_t slice_length(uint32_t actor)
{
    if (length[actor] == 0) {
        drawn_end = actor >= drawn_end ? actor + 1 : drawn_end;
        length[actor] = length_each ? slice_draw() : length_common;
    }
    return length[actor];
}

static uint32_t slice_pick(const struct rt_choice *enabled, uint32_t enabled_count,
                           uint32_t current)
{
    uint32_t threads = enabled_count;
    if (enabled[enabled_count - 1].actor == RT_ACTOR_CLOCK) {
        threads--;
        if (threads == 0 || rt_random_below(&lengths, 16) < clock_below) {
            return enabled_count - 1;
        }
    }
    if (rt_random_below(&lengths, 32) == 0) {
        /* Or two loops could stay in step for ever, one always finding the other's mutex locked. */
        used = 0;
        return rt_random_below(&lengths, threads);
    }
    uint32_t next = 0;
    for (uint32_t at = 0; at < threads; at++) {
        if (enabled[at].actor == current && used + 1 < slice_length(current)) {
            used++;
            return at;
        }
        if (enabled[at].actor > current) {
            next = at;
            break;
        }
    }
    used = 0;
    return next;
}

static uint32_t slice_choose(uint32_t count)
{
    return rt_random_below(&choices, count);
}

const struct rt_strategy rt_strategy_slice = { "slice",      slice_begin, slice_pick,
                                               slice_choose, NULL,        false };
