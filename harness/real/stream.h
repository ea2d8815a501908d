/* SPDX-License-Identifier: MIT
 *
 * stream.h -- random numbers from one seed: a named sub-stream per consumer, so that a new draw in
 * one moves no other.
 *
 * The generator is splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
 *  A stream starts at the mix of the seed with the FNV-1a hash of its name.
 */
#ifndef CURFEW_REAL_STREAM_H
#define CURFEW_REAL_STREAM_H

#include <stdint.h>

struct stream {
    uint64_t state;
};

static inline uint64_t stream_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static inline uint64_t stream_hash(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * UINT64_C(1099511628211);
    }
    return hash;
}

static inline struct stream stream_open(uint64_t seed, const char *name)
{
    return (struct stream){ stream_mix(seed ^ stream_mix(stream_hash(name))) };
}

static inline uint64_t stream_next(struct stream *stream)
{
    stream->state += UINT64_C(0x9e3779b97f4a7c15);
    return stream_mix(stream->state);
}

/* Uniform in [0, 1). */
static inline double stream_unit(struct stream *stream)
{
    return (double)(stream_next(stream) >> 11) * 0x1p-53;
}

/* The seed of execution `number` of a campaign.  Number 0 has the campaign's own seed, so that one
 * execution is repeated by a campaign of one that is given the execution's seed. */
static inline uint64_t stream_execution_seed(uint64_t campaign_seed, uint64_t number)
{
    return number == 0 ? campaign_seed
                       : stream_mix(campaign_seed + number * UINT64_C(0x9e3779b97f4a7c15));
}

#endif
