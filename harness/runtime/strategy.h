/* SPDX-License-Identifier: MIT
 *
 * strategy.h -- how decisions are made: one file in strategies/ each, behind one table.
 *
 * A strategy sees the enabled actors, in ascending order of their numbers with the clock last, and
 * says which goes next.  When the environment acts is drawn for it (strategies/moments.c) unless it
 * wants to see that actor too, which then comes behind the clock.  It never blocks, allocates or
 * reads a clock; its state is static and starts anew in each execution.
 */
#ifndef RT_STRATEGY_H
#define RT_STRATEGY_H

#include "core.h"
#include "strategies/table.h"

struct rt_strategy {
    const char *name; /* as in --strategy=NAME */
    /* params is "key=value,..." or "".  NULL, or what is wrong with params. */
    const char *(*begin)(uint64_t seed, const char *params);
    /* The index of the actor that goes next; current is the one that ran last, wherever it is. */
    uint32_t (*pick)(const struct rt_choice *enabled, uint32_t enabled_count, uint32_t current);
    /* One of `count` equal possibilities: which waiter, which futex.  NULL: at random by the
     * seed. */
    uint32_t (*choose)(uint32_t count);
    /* This thread spins, or has run for very long: prefer others.  May be NULL. */
    void (*demote)(uint32_t actor);
    bool environment; /* it decides when the environment acts */
};

#define X(name, help) extern const struct rt_strategy rt_strategy_##name;
RT_STRATEGIES(X)
#undef X

extern const struct rt_strategy *rt_strategy;

/* Makes the control block's strategy the current one; NULL, or what is wrong. */
const char *rt_strategy_begin(void);
uint32_t rt_strategy_pick(const struct rt_choice *enabled, uint32_t enabled_count);
uint32_t rt_strategy_choose(uint32_t count);

/* ---- for strategies ---- */

/* How many steps this execution is expected to have. */
uint32_t rt_strategy_length(void);

/* xoshiro-quality is not needed; splitmix64 gives independent streams from any two seeds. */
struct rt_random {
    uint64_t state;
};
static inline struct rt_random rt_random_stream(uint64_t seed, uint64_t stream)
{
    struct rt_random random = { seed * UINT64_C(0x9e3779b97f4a7c15) ^
                                (stream + 1) * UINT64_C(0xd1342543de82ef95) };
    return random;
}
static inline uint64_t rt_random_next(struct rt_random *random)
{
    uint64_t mixed = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}
static inline uint32_t rt_random_below(struct rt_random *random, uint32_t bound)
{
    return (uint32_t)(((rt_random_next(random) >> 32) * bound) >> 32);
}

/* Reads "key=value" from params; *cursor moves on.  False at the end; value as a number of
 * millionths. */
bool rt_params_next(const char **cursor, char key[16], uint64_t *out_millionths);

#endif
