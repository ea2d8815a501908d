/* SPDX-License-Identifier: MIT
 *
 * portfolio.c -- rotates over strategies by seed: no single one finds everything.
 */
#include "../strategy.h"

static const struct rt_strategy *const members[] = {
    &rt_strategy_random,
    &rt_strategy_pct,
    &rt_strategy_slice,
};
#define MEMBERS_COUNT (sizeof members / sizeof members[0])
#define STALL_EACH 16u /* seeds: what a stalled thread brings about needs few of them */

static const struct rt_strategy *member;

static const char *portfolio_begin(uint64_t seed, const char *params)
{
    if (params[0] != '\0') {
        return "strategy 'portfolio' takes no parameters";
    }
    member =
        seed % STALL_EACH == STALL_EACH - 1 ? &rt_strategy_stall : members[seed % MEMBERS_COUNT];
    return member->begin(seed, params);
}

static uint32_t portfolio_pick(const struct rt_choice *enabled, uint32_t enabled_count,
                               uint32_t current)
{
    return member->pick(enabled, enabled_count, current);
}

static uint32_t portfolio_choose(uint32_t count)
{
    return member->choose(count);
}

static void portfolio_demote(uint32_t actor)
{
    if (member->demote != NULL) {
        member->demote(actor);
    }
}

const struct rt_strategy rt_strategy_portfolio = { "portfolio",      portfolio_begin,
                                                   portfolio_pick,   portfolio_choose,
                                                   portfolio_demote, false };
