/* SPDX-License-Identifier: MIT
 *
 * rr.c -- run until blocked: the base schedule, the same for every seed.
 *
 * The environment acts when no thread can go on, before time moves: a program that looks every
 * second whether it was stopped would otherwise sleep for ever.  Nor does it wait for ever for one
 * that works until it is stopped.
 */
#include "../strategy.h"

#define BUSY_STEPS 1000u

static uint64_t acted; /* at which step the environment did so last */

static const char *rr_begin(uint64_t seed, const char *params)
{
    (void)seed;
    acted = 0;
    return params[0] == '\0' ? NULL : "strategy 'rr' takes no parameters";
}

static uint32_t rr_pick(const struct rt_choice *enabled, uint32_t enabled_count, uint32_t current)
{
    uint32_t last = enabled_count - 1;
    uint32_t threads = enabled_count;
    while (threads > 0 && enabled[threads - 1].actor >= RT_THREADS_MAX) {
        threads--;
    }
    if (enabled[last].actor == RT_ACTOR_ENV && (threads == 0 || rt.steps >= acted + BUSY_STEPS)) {
        acted = rt.steps;
        return last;
    }
    if (threads == 0) {
        return last; /* the clock */
    }
    for (uint32_t at = 0; at < threads; at++) {
        if (enabled[at].actor >= current) {
            return at;
        }
    }
    return 0;
}

static uint32_t rr_choose(uint32_t count)
{
    (void)count;
    return 0;
}

const struct rt_strategy rt_strategy_rr = { "rr", rr_begin, rr_pick, rr_choose, NULL, true };
