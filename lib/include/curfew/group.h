/* SPDX-License-Identifier: MIT
 *
 * group.h -- worker threads that start, stop and go home together.
 *
 * A group owns its workers.  Stopping is a request: each worker sees it through its own stop and
 * returns; nothing here cancels a thread.  When a worker's function returns (or calls
 * pthread_exit), its cleanups run, last registered first; when no worker is alive, the group's
 * cleanups run.  Each runs exactly once.  Workers start with all signals blocked (but for
 * synchronous faults), masked before the thread exists, so that signals stay with main.
 * Programs that a worker starts inherit that mask: give posix_spawn POSIX_SPAWN_SETSIGMASK, or
 * unblock between fork and exec.
 *
 * Phases order the stop: workers of the highest phase are asked first, and those of the next lower
 * phase once the higher ones are home.
 *
 * Threads: any thread may call anything, except curfew_group_free, which wants exclusive use.
 * Signal handlers: what is marked "Signals: safe".
 *
 *     struct curfew_group *group;
 *     if (curfew_group_new(NULL, 1, &group) != 0) { ... }
 *     if (curfew_group_spawn(group, "ticker", tick, NULL, 0, NULL) != 0) { ... }
 *     (void)curfew_group_stop(group, CURFEW_REASON_REQUEST);
 *     int status = curfew_group_join(group, curfew_deadline_after(5000000000), NULL, NULL);
 *     curfew_group_free(group); // after curfew_signals_fini, if signals were bound to its stop
 */
#ifndef CURFEW_GROUP_H
#define CURFEW_GROUP_H

#include <stddef.h>
#include <sys/types.h>

#include "stop.h"

#ifdef __cplusplus
extern "C" {
#endif

struct curfew_group;  /* opaque; owned by whoever called curfew_group_new */
struct curfew_worker; /* opaque; owned by its group, lent to its function */

/* What a worker runs.  `self` is lent until it returns; 0 is success, all else a failure; a worker
 * that ends through pthread_exit has succeeded.  No library lock is held. */
typedef int curfew_worker_fn(struct curfew_worker *self, void *context);

/* What runs when a worker or a group is done.  No library lock is held. */
typedef void curfew_cleanup_fn(void *context);

/* How many phases a group may have. */
#define CURFEW_GROUP_PHASES_MAX 16

/* Flags of curfew_group_spawn. */
enum curfew_worker_flags {
    CURFEW_WORKER_DAEMON = 1 << 0, /* asked to stop, but never waited for: see below */
    CURFEW_WORKER_FAIL_STOPS_ALL = 1
                                   << 1, /* its failure stops the group (not the group's parent) */
};
/* Flag: the worker belongs to phase n (0 to the group's phases - 1); without it, to phase 0. */
#define CURFEW_WORKER_PHASE(n) ((unsigned)(n) << 8)

/* Who has not come home. */
struct curfew_late {
    char name[32];  /* the worker's name, cut to fit */
    uint32_t id;    /* as given by curfew_group_spawn */
    pid_t tid;      /* kernel thread id; 0 while the thread has not begun */
    uint32_t phase; /* its phase */
    bool asked;    /* its stop is requested; false: an earlier phase holds it up, or nobody asked */
    bool cleaning; /* its function has returned and its cleanups run */
    uint64_t for_ns; /* how long ago its stop was requested; if not asked, how long it has run */
};

/* The group's and a worker's failure, as curfew_group_failure tells it. */
struct curfew_failure {
    char name[32]; /* the first worker that failed */
    uint32_t id;   /* its id */
    int status;    /* what its function returned */
};

/* Makes an empty group whose stop is a child of `parent` (may be NULL), with `phases` phases (>=
 * 1).
 *   Owns:    the caller owns *out_group; parent is borrowed until curfew_group_free.
 *   Errors:  -EINVAL phases; -ELOOP as curfew_stop_init; -ENOMEM; -EMFILE, -ENFILE; -EAGAIN no
 *            thread for the service that passes the stop on between phases.  *out_group
 *            untouched. */
CURFEW_API CURFEW_NODISCARD int curfew_group_new(struct curfew_stop *parent, unsigned phases,
                                                 struct curfew_group **out_group);

/* Stops what daemons there are, runs the group's cleanups if no join did, and frees the group.
 * Misuse while a worker that is no daemon is alive: join first.  NULL is fine. */
CURFEW_API void curfew_group_free(struct curfew_group *group);

/* Starts a thread that runs fn(worker, context).  The check for a stop and the count of the living
 * are one atomic step: a worker is either refused or will see the stop and be waited for.
 *   name:     shown in reports, and by ps (its first 15 bytes).
 *   flags:    enum curfew_worker_flags | CURFEW_WORKER_PHASE(n).  A daemon is detached, owes no
 *             debt, does not delay cleanups, and may be cut off by the process's end at any point:
 *             what it uses must not be freed (the group's parent stop, too, must outlive it), and
 *             its cleanups may never run.
 *   out_id:   may be NULL; unique in the process.
 *   Owns:     context is borrowed until the worker's cleanups have run.
 *   Errors:   -ECANCELED the group's stop is requested, or it was joined; -EAGAIN no thread;
 *             -ENOMEM; -EMFILE, -ENFILE; -EINVAL flags or name.  After an error the group is as
 *             before. */
CURFEW_API CURFEW_NODISCARD int curfew_group_spawn(struct curfew_group *group, const char *name,
                                                   curfew_worker_fn *fn, void *context,
                                                   unsigned flags, uint32_t *out_id);

/* Registers a cleanup that runs once, last registered first, when no worker is alive: in the
 * successful curfew_group_join, on the joining thread.
 *   Errors:  -ECANCELED the cleanups have begun: the caller must clean up itself; -ENOMEM. */
CURFEW_API CURFEW_NODISCARD int curfew_group_defer(struct curfew_group *group,
                                                   curfew_cleanup_fn *fn, void *context);

/* Requests the stop of the whole group, phase after phase.  True when this call was the first.
 *   Signals: safe; keeps errno.  Workers may call it too. */
CURFEW_API bool curfew_group_stop(struct curfew_group *group, int reason);

/* The group's stop event, lent until curfew_group_free: to wait on, or as a parent. */
CURFEW_API struct curfew_stop *curfew_group_get_stop(struct curfew_group *group);

/* Requests the stop of one worker only.
 *   Errors:  -ESRCH no such worker, or it has gone home. */
CURFEW_API CURFEW_NODISCARD int curfew_group_stop_worker(struct curfew_group *group, uint32_t id,
                                                         int reason);

/* Waits until every worker is home, joins its thread, then runs the group's cleanups.
 * It does not request a stop, and is no cancellation point.  Repeatable, from several threads too:
 * each returns 0 after the cleanups are done.  No library lock is held while it waits.
 *   deadline_ns:  CURFEW_NO_DEADLINE waits for ever.
 *   late, count:  may be NULL; else *count is the room in late[] and becomes the number of the
 *                 late, which may exceed the room (what fits is written).  Written only for
 *                 -ETIMEDOUT.
 *   Errors:  -ETIMEDOUT somebody is late; -EDEADLK called by a worker of this group that is waited
 *            for (a daemon may join), or by one of its cleanups. */
CURFEW_API CURFEW_NODISCARD int curfew_group_join(struct curfew_group *group, uint64_t deadline_ns,
                                                  struct curfew_late *late, size_t *count);

/* The first failure of a worker (of those already home).  True if there was one; *out_failure is
 * written then and may be NULL. */
CURFEW_API bool curfew_group_failure(struct curfew_group *group,
                                     struct curfew_failure *out_failure);

/* The number of workers alive, daemons not counted. */
CURFEW_API unsigned curfew_group_live(struct curfew_group *group);

/* The worker's own stop, a child of the group's: to check, to wait on, or to hand to wait.h. */
CURFEW_API struct curfew_stop *curfew_worker_get_stop(struct curfew_worker *self);

/* True once this worker is asked to stop: curfew_stop_is_requested on its own stop. */
CURFEW_API bool curfew_worker_stopping(const struct curfew_worker *self);

/* The worker's id, as curfew_group_spawn gave it. */
CURFEW_API uint32_t curfew_worker_get_id(const struct curfew_worker *self);

/* The worker's group, to spawn siblings or to stop it. */
CURFEW_API struct curfew_group *curfew_worker_get_group(struct curfew_worker *self);

/* Registers a cleanup of this worker: runs once, last registered first, on the worker's thread
 * after its function has returned or called pthread_exit.  Only the worker itself may call it.
 *   Errors:  -ECANCELED its cleanups have begun; -ENOMEM. */
CURFEW_API CURFEW_NODISCARD int curfew_worker_defer(struct curfew_worker *self,
                                                    curfew_cleanup_fn *fn, void *context);

#ifdef __cplusplus
}
#endif
#endif
