/* SPDX-License-Identifier: MIT
 *
 * strategy.c -- finds the strategy that the controller asked for, and logs what it decides.
 */
#include "strategy.h"

#include "strategies/moments.h"

#define LENGTH_DEFAULT 100u

const struct rt_strategy *rt_strategy;

static const struct rt_strategy *const table[] = {
#define X(name, help) &rt_strategy_##name,
    RT_STRATEGIES(X)
#undef X
};

static bool text_equal(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

const char *rt_strategy_begin(void)
{
    for (size_t at = 0; at < sizeof table / sizeof table[0]; at++) {
        if (text_equal(table[at]->name, rt.control->strategy)) {
            rt_strategy = table[at];
            rt_moments_begin(rt.control->seed);
            return rt_strategy->begin(rt.control->seed, rt.control->strategy_params);
        }
    }
    return "no such strategy";
}

uint32_t rt_strategy_length(void)
{
    uint32_t steps = rt_expected_steps(rt.control, rt.control->seed);
    return steps != 0 ? steps : LENGTH_DEFAULT;
}

uint32_t rt_strategy_pick(const struct rt_choice *enabled, uint32_t enabled_count)
{
    uint32_t index = 0;
    if (enabled[enabled_count - 1].actor == RT_ACTOR_ENV && !rt_strategy->environment) {
        uint32_t others = enabled_count - 1;
        bool clock = others > 0 && enabled[others - 1].actor == RT_ACTOR_CLOCK;
        if (rt_moments_due(others == (clock ? 1 : 0), clock)) {
            index = others;
        } else if (others > 1) {
            index = rt_strategy->pick(enabled, others, rt.holder->number);
        }
    } else {
        index = rt_strategy->pick(enabled, enabled_count, rt.holder->number);
    }
    rt_trace_decision(enabled[index].actor);
    return index;
}

uint32_t rt_strategy_choose(uint32_t count)
{
    uint32_t value = rt_strategy->choose(count);
    rt_trace_decision(value);
    return value;
}

bool rt_params_next(const char **cursor, char key[16], uint64_t *out_millionths)
{
    const char *at = *cursor;
    uint32_t length = 0;
    uint64_t value = 0;
    uint64_t unit = 1000000;
    bool fraction = false;

    if (at == NULL || *at == '\0') {
        return false;
    }
    for (; *at != '=' && *at != '\0' && length < 15; at++) {
        key[length++] = *at;
    }
    key[length] = '\0';
    if (*at != '=' || length == 0) {
        *cursor = NULL;
        return false;
    }
    for (at++; (*at >= '0' && *at <= '9') || (*at == '.' && !fraction); at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        if (fraction) {
            unit /= 10;
            value += (uint64_t)(*at - '0') * unit;
        } else if (value > UINT64_C(1000000000000000)) {
            *cursor = NULL;
            return false;
        } else {
            value = value * 10 + (uint64_t)(*at - '0') * 1000000;
        }
    }
    if (*at == ',') {
        at++;
    } else if (*at != '\0') {
        *cursor = NULL;
        return false;
    }
    *cursor = at;
    *out_millionths = value;
    return true;
}
