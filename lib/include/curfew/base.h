/* SPDX-License-Identifier: MIT
 *
 * base.h -- what every public header of libcurfew shares: visibility, time, and the reasons for a
 * stop.
 *
 * Conventions of all headers beside this one:
 *   - Functions return 0 or a negative errno out of the list in their comment; errno is no channel.
 *   - Deadlines are absolute times of CLOCK_MONOTONIC in nanoseconds, so that a loop needs no
 *     arithmetic and a step of the wall clock moves nothing.
 *   - "Signals: safe" marks what an async-signal handler may call; everything else it may not.
 *   - Ownership words are: owns, takes, borrows, lends.
 *   - Misuse (a NULL object, freeing a group whose workers live) aborts with one line on stderr;
 *     the world's faults (no descriptor, no thread left) are returned.
 */
#ifndef CURFEW_BASE_H
#define CURFEW_BASE_H

#include <stdbool.h>
#include <stdint.h>

#if defined(CURFEW_BUILD)
#define CURFEW_API __attribute__((visibility("default")))
#else
#define CURFEW_API
#endif
#define CURFEW_NODISCARD __attribute__((warn_unused_result))

#ifdef __cplusplus
extern "C" {
#endif

/* A deadline that never comes. */
#define CURFEW_NO_DEADLINE UINT64_MAX

/* Why a stop was requested.  1 to 64 are signal numbers; the others are these. */
enum curfew_reason {
    CURFEW_REASON_NONE = 0,      /* not requested */
    CURFEW_REASON_REQUEST = 256, /* the program asked for it */
    CURFEW_REASON_DEADLINE,      /* the stop's own deadline passed */
    CURFEW_REASON_FAILURE,       /* a worker with CURFEW_WORKER_FAIL_STOPS_ALL failed */
    CURFEW_REASON_USER = 1024,   /* first number free for the program's own reasons */
};

/* The time now plus `after_ns` nanoseconds, as a deadline; saturates at CURFEW_NO_DEADLINE.
 *   Signals: safe. */
CURFEW_API uint64_t curfew_deadline_after(uint64_t after_ns);

/* A readable name for a reason: "TERM", "deadline", "worker failure" ...; never NULL, static.
 *   Signals: safe. */
CURFEW_API const char *curfew_reason_name(int reason);

#ifdef __cplusplus
}
#endif
#endif
