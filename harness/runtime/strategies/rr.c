/* SPDX-License-Identifier: MIT
 *
 * rr.c -- run until blocked: the base schedule, the same for every seed.
 */
#include "../strategy.h"

static const char *rr_begin(uint64_t seed, const char *params)
{
    (void)seed;
    return params[0] == '\0' ? NULL : "strategy 'rr' takes no parameters";
}

static uint32_t rr_pick(const struct rt_choice *enabled, uint32_t enabled_count, uint32_t current)
{
    uint32_t threads =
        enabled[enabled_count - 1].actor == RT_ACTOR_CLOCK ? enabled_count - 1 : enabled_count;
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

const struct rt_strategy rt_strategy_rr = { "rr", rr_begin, rr_pick, rr_choose, NULL };
