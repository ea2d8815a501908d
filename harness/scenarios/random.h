/* SPDX-License-Identifier: MIT
 *
 * random.h -- splitmix64 with a named stream per consumer, so that a new draw in one moves no
 * other.
 */
#ifndef CURFEW_SCENARIO_RANDOM_H
#define CURFEW_SCENARIO_RANDOM_H

#include <stdint.h>

struct random_stream {
    uint64_t state;
};

static inline uint64_t random_next(struct random_stream *stream)
{
    uint64_t z = stream->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline void random_init(struct random_stream *stream, uint64_t seed, const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * UINT64_C(1099511628211);
    }
    stream->state = seed ^ hash;
    stream->state = random_next(stream); /* near seeds and names give far streams */
}

/* From `low` to `high`, both included; the bias of the remainder does not matter here. */
static inline uint32_t random_between(struct random_stream *stream, uint32_t low, uint32_t high)
{
    return low + (uint32_t)(random_next(stream) % ((uint64_t)high - low + 1));
}

#endif
