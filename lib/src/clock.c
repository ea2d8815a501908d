/* SPDX-License-Identifier: MIT
 *
 * clock.c -- the one place that reads the clock.
 */
#include "clock.h"

#include <stddef.h>

#include "check.h"

uint64_t curfew__now_sigsafe(void)
{
    struct timespec now;
    int status = clock_gettime(CLOCK_MONOTONIC, &now); /* on POSIX's list of safe functions */
    CURFEW_ASSERT(status == 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const struct timespec *curfew__remaining(uint64_t deadline_ns, struct timespec *out_storage)
{
    if (deadline_ns == CURFEW_NO_DEADLINE) {
        return NULL;
    }
    uint64_t now_ns = curfew__now_sigsafe();
    *out_storage = curfew__timespec(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
    return out_storage;
}

uint64_t curfew_deadline_after(uint64_t after_ns)
{
    uint64_t now_ns = curfew__now_sigsafe();
    return after_ns < CURFEW_NO_DEADLINE - now_ns ? now_ns + after_ns : CURFEW_NO_DEADLINE;
}
