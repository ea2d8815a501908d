/* SPDX-License-Identifier: MIT
 *
 * clock.h -- CLOCK_MONOTONIC in nanoseconds, and deadlines as the system calls want them.
 * All of it is async-signal-safe.
 */
#ifndef CURFEW_SRC_CLOCK_H
#define CURFEW_SRC_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "curfew/base.h"

uint64_t curfew__now_sigsafe(void);

static inline bool curfew__passed_sigsafe(uint64_t deadline_ns)
{
    return deadline_ns != CURFEW_NO_DEADLINE && curfew__now_sigsafe() >= deadline_ns;
}

static inline uint64_t curfew__earlier(uint64_t left_ns, uint64_t right_ns)
{
    return left_ns < right_ns ? left_ns : right_ns;
}

static inline struct timespec curfew__timespec(uint64_t ns)
{
    return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000u),
                              .tv_nsec = (long)(ns % 1000000000u) };
}

/* What is left until the deadline, for calls with a relative timeout; NULL: for ever. */
const struct timespec *curfew__remaining(uint64_t deadline_ns, struct timespec *out_storage);

#endif
