/* SPDX-License-Identifier: MIT
 *
 * stall.c -- random switching, but one thread stands still for long, as on a busy machine.
 *
 * At a decision that is drawn from the expected length, whoever ran last is taken off its
 * processor: it goes on only when neither another thread nor the clock can, for up to some thousand
 * decisions.  Random switching and priorities hardly ever let time pass that often beside a thread
 * that could go on.
 */
#include <string.h>

#include "../strategy.h"

#define STALL_LOG_MAX 12u

static struct rt_random draws;
static uint32_t from;   /* the decision at which it begins */
static uint32_t length; /* of decisions */
static uint32_t victim; /* RT_ACTOR_CLOCK: nobody */
static uint32_t picks;

static const char *stall_begin(uint64_t seed, const char *params)
{
    uint32_t expected = rt_strategy_length();
    draws = rt_random_stream(seed, 5);
    from = rt_random_below(&draws, expected);
    length = 1u << (4 + rt_random_below(&draws, STALL_LOG_MAX - 3));
    victim = RT_ACTOR_CLOCK;
    picks = 0;
    return params[0] == '\0' ? rt_strategy_random.begin(seed, "")
                             : "strategy 'stall' takes no parameters";
}

static uint32_t stall_pick(const struct rt_choice *enabled, uint32_t enabled_count,
                           uint32_t current)
{
    static struct rt_choice others[RT_THREADS_MAX + 1] RT_LARGE;
    uint32_t at = 0;
    if (picks == from) {
        victim = current;
    }
    picks++;
    if (victim == RT_ACTOR_CLOCK || picks - from > length) {
        return rt_strategy_random.pick(enabled, enabled_count, current);
    }
    while (at < enabled_count && enabled[at].actor != victim) {
        at++;
    }
    if (at == enabled_count || enabled_count < 2) {
        return rt_strategy_random.pick(enabled, enabled_count, current);
    }
    (void)memcpy(others, enabled, at * sizeof others[0]);
    (void)memcpy(others + at, enabled + at + 1, (enabled_count - at - 1) * sizeof others[0]);
    uint32_t picked = rt_strategy_random.pick(others, enabled_count - 1, current);
    return picked < at ? picked : picked + 1;
}

static uint32_t stall_choose(uint32_t count)
{
    return rt_strategy_random.choose(count);
}

const struct rt_strategy rt_strategy_stall = { "stall",      stall_begin, stall_pick,
                                               stall_choose, NULL,        false };
