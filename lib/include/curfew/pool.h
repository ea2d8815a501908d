/* SPDX-License-Identifier: MIT
 *
 * pool.h -- a fixed number of workers that run submitted jobs.
 *
 * Two ways to end: drain finishes what was submitted, cancel hands back what never ran (as Java's
 * shutdownNow does).  Every job is run once or handed back once; none is lost.  A request of the
 * parent stop is a cancel: running jobs see it, queued ones wait to be handed back.
 *
 * Threads: any thread may call anything; drain, cancel and free may run at once in several threads
 * (each caller of free needs a reference of its own).  Signal handlers: none of these; request the
 * parent stop instead.
 *
 *     struct curfew_pool *pool;
 *     if (curfew_pool_new("pool", 4, 0, NULL, &pool) != 0) { ... }
 *     if (curfew_pool_submit(pool, job, &data) != 0) { ... }
 *     if (curfew_pool_drain(pool, CURFEW_NO_DEADLINE) != 0) { ... }
 *     curfew_pool_unref(pool);
 */
#ifndef CURFEW_POOL_H
#define CURFEW_POOL_H

#include <stddef.h>

#include "stop.h"

#ifdef __cplusplus
extern "C" {
#endif

struct curfew_pool; /* opaque; reference counted */

/* A job.  `stop` is lent until it returns; it is requested by cancel, not by drain.
 * No library lock is held. */
typedef void curfew_job_fn(struct curfew_stop *stop, void *context);

/* A job that never ran, as curfew_pool_cancel hands it back. */
struct curfew_job {
    curfew_job_fn *fn;
    void *context;
};

/* Starts `threads` (>= 1) workers.  At most `capacity` jobs may be queued; 0: no bound.
 *   Owns:    the caller owns one reference on *out_pool; parent (may be NULL) is borrowed until the
 *            last reference is gone.
 *   Errors:  -EINVAL; -EAGAIN, -ENOMEM, -EMFILE, -ENFILE; -ECANCELED parent is requested already.
 *            Workers already started are stopped again; *out_pool untouched. */
CURFEW_API CURFEW_NODISCARD int curfew_pool_new(const char *name, unsigned threads, size_t capacity,
                                                struct curfew_stop *parent,
                                                struct curfew_pool **out_pool);

/* One more reference / one less.  The last unref cancels what is queued (those jobs are dropped:
 * call cancel to get them), waits for running jobs, and frees.  A job may not drop the last one.
 * NULL is fine for unref. */
CURFEW_API struct curfew_pool *curfew_pool_ref(struct curfew_pool *pool);
CURFEW_API void curfew_pool_unref(struct curfew_pool *pool);

/* Queues a job; never blocks.
 *   Owns:    context is borrowed until the job has run or was handed back.
 *   Errors:  -ECANCELED drain, cancel or the parent's stop has begun; -EAGAIN the queue is full;
 *            -ENOMEM.  After an error the job is the caller's. */
CURFEW_API CURFEW_NODISCARD int curfew_pool_submit(struct curfew_pool *pool, curfew_job_fn *fn,
                                                   void *context);

/* Refuses new jobs, finishes the queued ones, and waits for the workers to go home.
 *   Errors:  -ETIMEDOUT not home by deadline_ns; call again, or cancel.  -ECANCELED all home, but a
 *            cancel came between and jobs remain to be handed back.  -EDEADLK called by a job. */
CURFEW_API CURFEW_NODISCARD int curfew_pool_drain(struct curfew_pool *pool, uint64_t deadline_ns);

/* Refuses new jobs, asks running ones to stop, hands back those that never ran (oldest first), and
 * waits for the workers to go home.
 *   Owns:    the caller owns *out_jobs, to be released with free(3); NULL when there are none.
 *            Each job is handed back by one call only.
 *   Errors:  -ETIMEDOUT not home by deadline_ns; the jobs are handed back all the same.  -ENOMEM no
 *            room for the list: nothing is handed back, call again.  -EDEADLK called by a job. */
CURFEW_API CURFEW_NODISCARD int curfew_pool_cancel(struct curfew_pool *pool, uint64_t deadline_ns,
                                                   struct curfew_job **out_jobs, size_t *out_count);

#ifdef __cplusplus
}
#endif
#endif
