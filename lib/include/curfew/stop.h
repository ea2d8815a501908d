/* SPDX-License-Identifier: MIT
 *
 * stop.h -- a one-way event that asks threads to stop.
 *
 * A stop is requested once and stays requested: there is no reset, and there are no callbacks,
 * which are the chief source of deadlocks in designs that have them.  A request made before anybody
 * waits is remembered.  A stop may have a parent; it then counts as requested as soon as any
 * ancestor is, and it may have a deadline of its own, at which it requests itself.
 *
 * Threads: any thread may call anything, except init and fini, which want exclusive use.
 * Signal handlers: what is marked "Signals: safe".
 * Fork: a child's copy is its own: requests in the child never reach the parent's waiters.
 *
 *     static struct curfew_stop stop = CURFEW_STOP_INIT;
 *
 *     while (!curfew_stop_is_requested(&stop)) {
 *         do_a_little_work();
 *         (void)curfew_stop_wait(&stop, curfew_deadline_after(100000000));   // interruptible sleep
 *     }
 *     curfew_stop_fini(&stop);
 */
#ifndef CURFEW_STOP_H
#define CURFEW_STOP_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many stops a chain of parents may hold, the stop itself included. */
#define CURFEW_STOP_DEPTH_MAX 8

/* The caller's storage; it must not be moved or copied while in use. */
struct curfew_stop {
    uint32_t reason;       /* private; atomic; 0, then once the reason */
    uint32_t watched;      /* private; guarded by the service's lock; holds a reference on it */
    uint64_t requested_ns; /* private; atomic; when, CLOCK_MONOTONIC; 0 until known */
    uint64_t event;        /* private; atomic; owner pid << 32 | descriptor + 1; 0: none yet */
    uint64_t pollable;     /* private; atomic; the same for the descriptor that is lent out */
    struct curfew_stop *parent; /* private; read-only after init */
    uint64_t deadline_ns;       /* private; read-only after init; CURFEW_NO_DEADLINE: none */
};

/* A stop without parent or deadline, usable before main. */
#define CURFEW_STOP_INIT                                                                           \
    {                                                                                              \
        0, 0, 0, 0, 0, (struct curfew_stop *)0, CURFEW_NO_DEADLINE                                 \
    }

/* Makes `stop` an unrequested stop below `parent` (may be NULL), which requests itself at
 * `deadline_ns` (CURFEW_NO_DEADLINE: never).
 *   Owns:    borrows parent until fini of this one.
 *   Errors:  -ELOOP the chain of parents would be longer than CURFEW_STOP_DEPTH_MAX. */
CURFEW_API CURFEW_NODISCARD int curfew_stop_init(struct curfew_stop *stop,
                                                 struct curfew_stop *parent, uint64_t deadline_ns);

/* Releases the descriptors.  Nobody may use the stop, or any child of it, any more.  NULL, zeroed
 * and unused stops are fine.  The last stop that was ever waited on with curfew_cond_wait takes the
 * library's service thread home with it. */
CURFEW_API void curfew_stop_fini(struct curfew_stop *stop);

/* Requests the stop for `reason` (> 0).  The first request wins and its reason stays.
 * Returns true when this call was the first.
 *   Signals: safe; keeps errno. */
CURFEW_API bool curfew_stop_request(struct curfew_stop *stop, int reason);

/* True once the stop, or an ancestor, was requested or its deadline has passed.
 * One acquire load per stop in the chain: what was written before the request is visible after it.
 *   Signals: safe. */
CURFEW_API bool curfew_stop_is_requested(const struct curfew_stop *stop);

/* Why: the stop's own reason, or else that of the nearest requested ancestor;
 * CURFEW_REASON_NONE while not requested.
 *   Signals: safe. */
CURFEW_API int curfew_stop_reason(const struct curfew_stop *stop);

/* Sleeps until the stop is requested or `deadline_ns` comes: an interruptible sleep.
 * Signal handlers run during the wait and do not end it.
 *   Errors:  0 the stop is requested; -ETIMEDOUT it is not, and the deadline has passed;
 *            -EMFILE, -ENFILE, -ENOMEM no descriptor could be had (only in the first wait on a
 *            stop). */
CURFEW_API CURFEW_NODISCARD int curfew_stop_wait(struct curfew_stop *stop, uint64_t deadline_ns);

/* A descriptor that polls readable from the request on, and for ever: for poll, select, epoll.
 * Never read or close it.
 *   Owns:    lends it until fini.
 *   Errors:  the descriptor (>= 0), or -EMFILE, -ENFILE, -ENOMEM. */
CURFEW_API CURFEW_NODISCARD int curfew_stop_fd(struct curfew_stop *stop);

#ifdef __cplusplus
}
#endif
#endif
