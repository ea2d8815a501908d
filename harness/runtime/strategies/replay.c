/* SPDX-License-Identifier: MIT
 *
 * replay.c -- takes the recorded decisions one by one; anything else is a divergence, never a
 * guess.
 */
#include "../strategy.h"

static uint32_t position;

static const char *replay_begin(uint64_t seed, const char *params)
{
    (void)seed;
    position = 0;
    return params[0] == '\0' ? NULL : "strategy 'replay' takes no parameters";
}

static uint32_t replay_next(void)
{
    if (position >= rt.control->replay_count) {
        rt_stop(RT_STOP_DIVERGED, rt.holder, "more decisions were needed than were recorded", "",
                "");
    }
    return rt.control->replay[position++];
}

static uint32_t replay_pick(const struct rt_choice *enabled, uint32_t enabled_count,
                            uint32_t current)
{
    (void)current;
    uint32_t actor = replay_next();
    for (uint32_t at = 0; at < enabled_count; at++) {
        if (enabled[at].actor == actor) {
            return at;
        }
    }
    rt_stop(RT_STOP_DIVERGED, rt.holder, "the actor that was recorded cannot go on here", "", "");
}

static uint32_t replay_choose(uint32_t count)
{
    uint32_t value = replay_next();
    if (value >= count) {
        rt_stop(RT_STOP_DIVERGED, rt.holder, "the recorded possibility does not exist here", "",
                "");
    }
    return value;
}

const struct rt_strategy rt_strategy_replay = {
    "replay", replay_begin, replay_pick, replay_choose, NULL, true,
};
