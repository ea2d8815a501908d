/* SPDX-License-Identifier: MIT
 *
 * moments.c -- when the environment acts, drawn anew for each signal of the plan.
 *
 * As one more actor among equals it would send everything in the first few steps.  So a moment is
 * drawn: anywhere in the expected length (also before main and in exit), a few steps behind some
 * call that blocks, soon behind the signal before, or when no thread can go on.  When nobody at all
 * could go on otherwise, it is now in any case.
 */
#include "moments.h"

#include "../strategy.h"

enum moment_kind { ANYWHERE, IDLE, BLOCKING, SOON };

static struct rt_random moments;
static bool drawn;
static enum moment_kind kind;
static uint64_t step;   /* ANYWHERE, SOON; BLOCKING: once the wait has begun */
static uint64_t waits;  /* BLOCKING: at so many waits that were begun; then 0 */
static uint64_t behind; /* BLOCKING: so many steps later */
static uint32_t idles;  /* IDLE: so many times time moves instead */
static uint64_t latest; /* at which step in any case */

void rt_moments_begin(uint64_t seed)
{
    moments = rt_random_stream(seed, 10);
    drawn = false;
}

/* Up to 2^bits - 1, every length equally likely. */
static uint32_t moment_log(uint32_t bits)
{
    return rt_random_below(&moments, 1u << rt_random_below(&moments, bits + 1));
}

static void moment_draw(void)
{
    uint64_t length = rt_strategy_length();
    uint64_t left = length > rt.steps + 16 ? length - rt.steps : 16;
    static const enum moment_kind kinds[16] = { ANYWHERE, ANYWHERE, ANYWHERE, ANYWHERE,
                                                ANYWHERE, ANYWHERE, IDLE,     IDLE,
                                                IDLE,     BLOCKING, BLOCKING, BLOCKING,
                                                BLOCKING, SOON,     SOON,     SOON };
    kind = kinds[rt_random_below(&moments, 16)];
    step =
        rt.steps + (kind == ANYWHERE ? rt_random_below(&moments, (uint32_t)left) : moment_log(6));
    waits = rt.arrivals + 1 + moment_log(5);
    behind = moment_log(4);
    idles = moment_log(4);
    latest = rt.steps + 2 * left;
    drawn = true;
}

static bool moment_reached(bool idle, bool clock)
{
    if ((idle && !clock) || rt.steps >= latest) {
        return true;
    }
    switch (kind) {
    case IDLE:
        return idle && idles-- == 0;
    case BLOCKING:
        if (waits != 0 && rt.arrivals >= waits) {
            waits = 0;
            step = rt.steps + behind;
        }
        return waits == 0 && rt.steps >= step;
    case ANYWHERE:
    case SOON:
        break;
    }
    return rt.steps >= step;
}

bool rt_moments_due(bool idle, bool clock)
{
    if (!drawn) {
        moment_draw();
    }
    bool due = moment_reached(idle, clock);
    drawn = !due;
    return due;
}
