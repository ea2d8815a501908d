/* SPDX-License-Identifier: MIT
 *
 * pct.c -- probabilistic concurrency testing (Burckhardt et al., 2010).
 *
 * Every actor has a random priority and the highest enabled one runs; at depth-1 random steps,
 * drawn from the expected length, the running actor falls below all others.  Finds a bug of depth d
 * with probability at least 1/(n k^(d-1)).  A thread that spins or runs for very long falls too, or
 * it would starve others, and so does the clock when it has won; and since some may starve others
 * together, now and then the one that has waited longest rises above all.
 */
#include "../strategy.h"

#define PCT_DEPTH_MAX 32u
#define PCT_RISE_PICKS 1024u

static struct rt_random priorities;
static struct rt_random choices;
static uint64_t
    priority[RT_THREADS_MAX + 1] RT_LARGE; /* 0: not drawn yet; by actor, the clock last */
static uint32_t drawn_end;                 /* no thread from here on has a priority */
static uint64_t change[PCT_DEPTH_MAX];
static uint32_t changes_count;
static uint64_t floor_priority;
static uint64_t top_priority;
static uint64_t picks;

static uint32_t pct_slot(uint32_t actor)
{
    if (actor == RT_ACTOR_CLOCK) {
        return RT_THREADS_MAX;
    }
    drawn_end = actor >= drawn_end ? actor + 1 : drawn_end;
    return actor;
}

static const char *pct_begin(uint64_t seed, const char *params)
{
    static const char *const usage = "strategy 'pct' takes depth=1..32 and length=STEPS";
    char key[16];
    uint64_t millionths;
    uint64_t depth = 3;
    uint64_t length = rt_strategy_length();
    while (rt_params_next(&params, key, &millionths)) {
        if (key[0] == 'd') {
            depth = millionths / 1000000;
        } else if (key[0] == 'l') {
            length = millionths / 1000000;
        } else {
            return usage;
        }
    }
    if (params == NULL || depth < 1 || depth > PCT_DEPTH_MAX || length < 1 || length > UINT32_MAX) {
        return usage;
    }
    priorities = rt_random_stream(seed, 3);
    choices = rt_random_stream(seed, 2);
    changes_count = (uint32_t)depth - 1;
    for (uint32_t at = 0; at < changes_count; at++) {
        change[at] = 1 + rt_random_below(&priorities, (uint32_t)length);
    }
    floor_priority = UINT64_C(1) << 32;
    picks = 0;
    for (uint32_t at = 0; at < drawn_end; at++) {
        priority[at] = 0;
    }
    priority[RT_THREADS_MAX] = 0;
    drawn_end = 0;
    top_priority = UINT64_C(1) << 60;
    return NULL;
}

static void pct_demote(uint32_t actor)
{
    priority[pct_slot(actor)] = --floor_priority;
}

static uint32_t pct_highest(const struct rt_choice *enabled, uint32_t enabled_count)
{
    uint32_t best = 0;
    for (uint32_t at = 0; at < enabled_count; at++) {
        uint64_t *mine = &priority[pct_slot(enabled[at].actor)];
        if (*mine == 0) {
            *mine = (UINT64_C(1) << 33) + (rt_random_next(&priorities) >> 16);
        }
        if (*mine > priority[pct_slot(enabled[best].actor)]) {
            best = at;
        }
    }
    return best;
}

/* The thread that took its last step before all others. */
static void pct_rise(const struct rt_choice *enabled, uint32_t enabled_count)
{
    const struct rt_thread *oldest = NULL;
    for (uint32_t at = 0; at < enabled_count; at++) {
        if (enabled[at].actor < RT_THREADS_MAX) {
            const struct rt_thread *thread = &rt.threads[enabled[at].actor];
            oldest = oldest == NULL || thread->last_step < oldest->last_step ? thread : oldest;
        }
    }
    if (oldest != NULL) {
        priority[pct_slot(oldest->number)] = ++top_priority;
    }
}

static uint32_t pct_pick(const struct rt_choice *enabled, uint32_t enabled_count, uint32_t current)
{
    (void)current;
    if (++picks % PCT_RISE_PICKS == 0) {
        pct_rise(enabled, enabled_count);
    }
    uint32_t best = pct_highest(enabled, enabled_count);
    for (uint32_t at = 0; at < changes_count; at++) {
        if (change[at] == picks) {
            pct_demote(enabled[best].actor);
            best = pct_highest(enabled, enabled_count);
        }
    }
    /* Time that always wins would starve whoever does not wait for it: two threads that poll and
     * sleep are enough. */
    if (enabled_count > 1 && enabled[best].actor == RT_ACTOR_CLOCK &&
        rt_random_below(&choices, 2) == 0) {
        pct_demote(RT_ACTOR_CLOCK);
    }
    return best;
}

static uint32_t pct_choose(uint32_t count)
{
    return rt_random_below(&choices, count);
}

const struct rt_strategy rt_strategy_pct = { "pct",      pct_begin,  pct_pick,
                                             pct_choose, pct_demote, false };
