/* SPDX-License-Identifier: MIT
 *
 * random.c -- with some probability switches to an actor chosen uniformly, else stays.
 *
 * Switching at every step keeps queues empty and locks short-held; so unless switch= says otherwise
 * the probability itself is drawn from the seed: a half, a quarter, ... a sixty-fourth, or always.
 */
#include "../strategy.h"

static struct rt_random schedule;
static struct rt_random choices;
static uint32_t switch_below; /* of 2^20 */

static const char *random_begin(uint64_t seed, const char *params)
{
    char key[16];
    uint64_t millionths;
    schedule = rt_random_stream(seed, 1);
    choices = rt_random_stream(seed, 2);
    switch_below = (1u << 20) >> rt_random_below(&schedule, 7);
    while (rt_params_next(&params, key, &millionths)) {
        if (key[0] != 's' || key[1] != 'w' || millionths > 1000000) {
            return "strategy 'random' takes switch=0..1";
        }
        switch_below = (uint32_t)((millionths << 20) / 1000000);
    }
    return params == NULL ? "strategy 'random' takes switch=0..1" : NULL;
}

static uint32_t random_pick(const struct rt_choice *enabled, uint32_t enabled_count,
                            uint32_t current)
{
    if (rt_random_below(&schedule, 1u << 20) >= switch_below) {
        for (uint32_t at = 0; at < enabled_count; at++) {
            if (enabled[at].actor == current) {
                return at;
            }
        }
    }
    return rt_random_below(&schedule, enabled_count);
}

static uint32_t random_choose(uint32_t count)
{
    return rt_random_below(&choices, count);
}

const struct rt_strategy rt_strategy_random = { "random",      random_begin, random_pick,
                                                random_choose, NULL,         false };
