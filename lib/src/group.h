/* SPDX-License-Identifier: MIT
 *
 * group.h -- the insides of groups and workers, shared by group.c, worker.c, join.c and service.c.
 */
#ifndef CURFEW_SRC_GROUP_H
#define CURFEW_SRC_GROUP_H

#include <pthread.h>
#include <signal.h>

#include "curfew/group.h"
#include "lock.h"

struct curfew__cleanup {
    curfew_cleanup_fn *fn;
    void *context;
    struct curfew__cleanup *next; /* registered before this one */
};

enum curfew__worker_state {
    WORKER_STARTING, /* spawned, its thread has not run yet */
    WORKER_RUNNING,  /* in its function */
    WORKER_CLEANING, /* its cleanups run */
    WORKER_ENDED,    /* no longer counted; its thread is to be joined */
    WORKER_JOINING,  /* a joiner waits for its thread */
};

struct curfew_worker {
    struct curfew_group *group;       /* read-only after spawn */
    struct curfew_worker *next;       /* guarded by group->lock; in order of spawn */
    curfew_worker_fn *fn;             /* read-only after spawn */
    void *context;                    /* read-only after spawn */
    struct curfew_stop stop;          /* a child of the phase's */
    struct curfew__cleanup *cleanups; /* guarded by group->lock; last registered first */
    enum curfew__worker_state state;  /* guarded by group->lock */
    pthread_t thread;    /* guarded by group->lock; valid while listed, not for daemons */
    pid_t tid;           /* guarded by group->lock; 0 until running */
    uint64_t started_ns; /* read-only after spawn */
    int status;          /* the worker's own until ENDED */
    uint32_t id;         /* read-only after spawn; unique in the process */
    unsigned flags;      /* read-only after spawn; enum curfew_worker_flags */
    unsigned phase;      /* read-only after spawn */
    char name[32];       /* read-only after spawn */
};

struct curfew__phase {
    struct curfew_stop
        stop;      /* the last phase's is a child of the group's; the others are passed on to */
    unsigned live; /* guarded by group->lock */
};

enum curfew__group_state {
    GROUP_OPEN,     /* workers and cleanups may be added */
    GROUP_CLEANING, /* nobody is alive; a joiner runs the cleanups */
    GROUP_CLOSED,   /* all done */
};

struct curfew_group {
    struct curfew__lock lock; /* rank GROUP */
    pthread_cond_t changed;   /* a worker ENDED or left the list, or state moved; broadcast only */
    struct curfew_stop stop;  /* a child of the caller's parent */
    struct curfew_group *service_next; /* guarded by the service's lock */
    struct curfew_worker *workers;     /* guarded by lock; all but what was joined */
    struct curfew__cleanup *cleanups;  /* guarded by lock; last registered first */
    enum curfew__group_state state;    /* guarded by lock; OPEN -> CLEANING -> CLOSED */
    pthread_t cleaner;                 /* guarded by lock; valid in CLEANING */
    unsigned live;                 /* guarded by lock; workers not yet ENDED, daemons not counted */
    unsigned refs;                 /* guarded by lock; the owner, and each daemon */
    bool has_failure;              /* guarded by lock; false -> true once */
    struct curfew_failure failure; /* guarded by lock; valid with has_failure */
    unsigned phase_count;          /* read-only after new */
    struct curfew__phase phases[]; /* phase_count of them */
};

static inline bool curfew__is_daemon(const struct curfew_worker *worker)
{
    return (worker->flags & CURFEW_WORKER_DAEMON) != 0;
}

/* The worker that the calling thread is; NULL: none. */
struct curfew_worker *curfew__worker_self(void);

/* Takes the list's first cleanup and runs it without the lock; false: none left.  lock is held, and
 * released meanwhile. */
bool curfew__cleanup_run_one(struct curfew_group *group, struct curfew__cleanup **list);

/* Adds a cleanup in front.  -ENOMEM. */
int curfew__cleanup_push(struct curfew__cleanup **list, curfew_cleanup_fn *fn, void *context);

/* Passes a requested stop on to the phases that may have it: from the last one down to the first
 * that still has somebody alive.  lock is held. */
void curfew__group_advance(struct curfew_group *group);

/* The same for who may not wait for the lock: false if it is taken. */
bool curfew__group_try_advance(struct curfew_group *group);

/* One line per late worker to fd; for the service, which may not wait for the lock. */
void curfew__group_report_late(struct curfew_group *group, int fd);

/* Drops a reference; frees the group with the last one.  lock is held, and released. */
void curfew__group_unref_drop(struct curfew_group *group);

/* Joins and frees workers that have ended, without waiting.  lock is held, and released
 * meanwhile. */
void curfew__group_reap(struct curfew_group *group);

#endif
