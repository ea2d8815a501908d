/* SPDX-License-Identifier: MIT
 *
 * pool.c -- a pool of workers over one queue; a group does the starting, stopping and joining.
 *
 * One lock (rank POOL) guards the queue and `intake`.  Workers wait on `changed` with their own
 * stop, so a request of the parent, of the group, or of a single worker ends the wait.  No job runs
 * with the lock held.  A job leaves the queue under the lock either to a worker or to one caller of
 * cancel.
 */
#include "curfew/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "curfew/debt.h"
#include "curfew/group.h"
#include "curfew/wait.h"
#include "group.h"
#include "lock.h"
#include "service.h"
#include "tsan.h"

struct entry {
    struct curfew_job job;
    uint64_t number; /* of its debt; unique in the process */
    struct entry *next;
};

enum intake {
    INTAKE_OPEN,     /* jobs are accepted */
    INTAKE_DRAINING, /* no more; the queued ones are finished */
    INTAKE_CANCELED, /* no more; the queued ones are handed back */
};

struct curfew_pool {
    struct curfew__lock lock;   /* rank POOL */
    pthread_cond_t changed;     /* the queue got a job, or intake moved */
    struct curfew_group *group; /* read-only after new */
    struct entry *first;        /* guarded by lock */
    struct entry **last_link;   /* guarded by lock; where the next entry is linked */
    size_t queued;              /* guarded by lock */
    size_t capacity;            /* read-only after new; 0: no bound */
    enum intake intake;         /* guarded by lock; only forward */
    unsigned refs;              /* atomic */
};

#define JOB_DEBT "pool job"
static uint64_t last_job; /* atomic */

/* Takes the oldest job off the queue; NULL: none.  The lock is held. */
static struct entry *take(struct curfew_pool *pool)
{
    struct entry *entry = pool->first;
    if (entry != NULL) {
        pool->first = entry->next;
        if (pool->first == NULL) {
            pool->last_link = &pool->first;
        }
        pool->queued--;
    }
    return entry;
}

static int work(struct curfew_worker *self, void *context)
{
    struct curfew_pool *pool = context;
    struct curfew_stop *stop = curfew_worker_get_stop(self);
    int status = 0;
    curfew__lock_take(&pool->lock);
    while (status == 0 && pool->intake != INTAKE_CANCELED && !curfew_stop_is_requested(stop)) {
        struct entry *entry = take(pool);
        if (entry != NULL) {
            curfew__lock_drop(&pool->lock);
            entry->job.fn(stop, entry->job.context);
            curfew_debt_settle(JOB_DEBT, entry->number);
            free(entry);
            curfew__lock_take(&pool->lock);
        } else if (pool->intake == INTAKE_DRAINING) {
            break;
        } else {
            status = curfew_cond_wait(&pool->changed, &pool->lock.mutex, stop, CURFEW_NO_DEADLINE);
        }
    }
    curfew__lock_drop(&pool->lock);
    return status == -ECANCELED ? 0 : status;
}

/* Moves the intake forward and wakes everybody who may go home now. */
static void close_intake(struct curfew_pool *pool, enum intake intake)
{
    curfew__lock_take(&pool->lock);
    if (pool->intake < intake) {
        pool->intake = intake;
    }
    (void)pthread_cond_broadcast(&pool->changed);
    curfew__lock_drop(&pool->lock);
}

static void pool_free(struct curfew_pool *pool)
{
    curfew_group_free(pool->group);
    struct entry *entry;
    while ((entry = take(pool)) != NULL) {
        free(entry); /* Its debt stays owed: a dropped job is lost work. */
    }
    (void)pthread_cond_destroy(&pool->changed); /* Nobody waits: the workers are home. */
    curfew__lock_fini(&pool->lock);
    free(pool);
}

/* Starts the workers.  After an error those that run are home again. */
static int start_workers(struct curfew_pool *pool, const char *name, unsigned threads)
{
    /* With the service at hand no worker's wait can fail. */
    int status = curfew__service_watch(curfew_group_get_stop(pool->group));
    for (unsigned index = 0; status == 0 && index < threads; index++) {
        char full_name[32];
        (void)snprintf(full_name, sizeof(full_name), "%.20s-%u", name, index + 1); /* Fits. */
        status = curfew_group_spawn(pool->group, full_name, work, pool, 0, NULL);
    }
    if (status != 0) {
        (void)curfew_group_stop(pool->group, CURFEW_REASON_REQUEST); /* May not be the first. */
        int joined = curfew_group_join(pool->group, CURFEW_NO_DEADLINE, NULL, NULL);
        CURFEW_ASSERT(joined == 0);
    }
    return status;
}

int curfew_pool_new(const char *name, unsigned threads, size_t capacity, struct curfew_stop *parent,
                    struct curfew_pool **out_pool)
{
    CURFEW_ASSERT(out_pool != NULL);
    if (name == NULL || name[0] == '\0' || threads == 0) {
        return -EINVAL;
    }
    struct curfew_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return -ENOMEM;
    }
    curfew__lock_init(&pool->lock, RANK_POOL);
    int status = -pthread_cond_init(&pool->changed, NULL);
    CURFEW_ASSERT(status == 0); /* Cannot fail for a default one of glibc. */
    pool->last_link = &pool->first;
    pool->capacity = capacity;
    pool->refs = 1;
    status = curfew_group_new(parent, 1, &pool->group);
    if (status == 0) {
        status = start_workers(pool, name, threads);
    }
    if (status != 0) {
        pool_free(pool);
        return status;
    }
    *out_pool = pool;
    return 0;
}

struct curfew_pool *curfew_pool_ref(struct curfew_pool *pool)
{
    CURFEW_ASSERT(pool != NULL);
    unsigned before = __atomic_fetch_add(&pool->refs, 1, __ATOMIC_RELAXED);
    CURFEW_ASSERT(before > 0);
    return pool;
}

/* True when the calling thread runs one of this pool's jobs. */
static bool is_job_of(const struct curfew_pool *pool)
{
    const struct curfew_worker *self = curfew__worker_self();
    return self != NULL && self->group == pool->group;
}

void curfew_pool_unref(struct curfew_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    curfew__tsan_release_sigsafe(&pool->refs);
    if (__atomic_sub_fetch(&pool->refs, 1, __ATOMIC_ACQ_REL) > 0) {
        return;
    }
    curfew__tsan_acquire_sigsafe(&pool->refs);
    CURFEW_ASSERT(!is_job_of(pool));
    close_intake(pool, INTAKE_CANCELED);
    (void)curfew_group_stop(pool->group, CURFEW_REASON_REQUEST); /* May not be the first. */
    int status = curfew_group_join(pool->group, CURFEW_NO_DEADLINE, NULL, NULL);
    CURFEW_ASSERT(status == 0);
    pool_free(pool);
}

int curfew_pool_submit(struct curfew_pool *pool, curfew_job_fn *fn, void *context)
{
    CURFEW_ASSERT(pool != NULL);
    CURFEW_ASSERT(fn != NULL);
    struct entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return -ENOMEM;
    }
    entry->job = (struct curfew_job){ .fn = fn, .context = context };
    entry->number = __atomic_add_fetch(&last_job, 1, __ATOMIC_RELAXED);

    int status = 0;
    curfew__lock_take(&pool->lock);
    if (pool->intake != INTAKE_OPEN ||
        curfew_stop_is_requested(curfew_group_get_stop(pool->group))) {
        status = -ECANCELED;
    } else if (pool->capacity != 0 && pool->queued >= pool->capacity) {
        status = -EAGAIN;
    } else {
        curfew_debt_owe(JOB_DEBT, entry->number);
        *pool->last_link = entry;
        pool->last_link = &entry->next;
        pool->queued++;
        (void)pthread_cond_signal(&pool->changed);
    }
    curfew__lock_drop(&pool->lock);
    if (status != 0) {
        free(entry);
    }
    return status;
}

int curfew_pool_drain(struct curfew_pool *pool, uint64_t deadline_ns)
{
    CURFEW_ASSERT(pool != NULL);
    if (is_job_of(pool)) {
        return -EDEADLK;
    }
    close_intake(pool, INTAKE_DRAINING);
    int status = curfew_group_join(pool->group, deadline_ns, NULL, NULL);
    if (status == 0) {
        curfew__lock_take(&pool->lock);
        status = pool->first != NULL ? -ECANCELED : 0;
        curfew__lock_drop(&pool->lock);
    }
    return status;
}

/* Empties the queue into an array.  The lock is held. */
static int hand_back(struct curfew_pool *pool, struct curfew_job **out_jobs, size_t *out_count)
{
    size_t count = pool->queued;
    struct curfew_job *jobs = NULL;
    if (count > 0) {
        jobs = calloc(count, sizeof(*jobs));
        if (jobs == NULL) {
            return -ENOMEM;
        }
    }
    for (size_t index = 0; index < count; index++) {
        struct entry *entry = take(pool);
        jobs[index] = entry->job;
        curfew_debt_settle(JOB_DEBT, entry->number);
        free(entry);
    }
    CURFEW_ASSERT(pool->queued == 0 && pool->first == NULL);
    *out_jobs = jobs;
    *out_count = count;
    return 0;
}

int curfew_pool_cancel(struct curfew_pool *pool, uint64_t deadline_ns, struct curfew_job **out_jobs,
                       size_t *out_count)
{
    CURFEW_ASSERT(pool != NULL);
    CURFEW_ASSERT(out_jobs != NULL);
    CURFEW_ASSERT(out_count != NULL);
    if (is_job_of(pool)) {
        return -EDEADLK;
    }
    close_intake(pool, INTAKE_CANCELED);
    (void)curfew_group_stop(pool->group, CURFEW_REASON_REQUEST); /* May not be the first. */
    curfew__lock_take(&pool->lock);
    int status = hand_back(pool, out_jobs, out_count);
    curfew__lock_drop(&pool->lock);
    if (status != 0) {
        return status;
    }
    return curfew_group_join(pool->group, deadline_ns, NULL, NULL);
}
