/* SPDX-License-Identifier: MIT
 *
 * workers_shared.c -- workers that share something: a condition, a mutex, a queue, a pool.
 *
 * Locks: `tickets.lock`, `work.lock` and each queue's; no two are held at once, and none is held
 * while the library is called, but for curfew_cond_wait with the one it waits with.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

/* ---- cond: all of the kind take tickets, of which there are too few ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t added; /* count > 0; broadcast only */
    unsigned count;       /* guarded by lock */
} tickets = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static int run_cond(struct worker *worker)
{
    int status = 0;

    (void)pthread_mutex_lock(&tickets.lock);
    tickets.count += random_between(&worker->random, 0, 2);
    (void)pthread_cond_broadcast(&tickets.added);
    worker_rounded(worker);
    while (status == 0) {
        while (tickets.count == 0 && status == 0) {
            status = curfew_cond_wait(&tickets.added, &tickets.lock, worker_stop(worker),
                                      CURFEW_NO_DEADLINE);
        }
        if (status == 0) {
            tickets.count--;
        }
    }
    (void)pthread_mutex_unlock(&tickets.lock);
    if (status != -ECANCELED) {
        program_lacks(worker->name, -status);
    }
    return 0;
}

/* ---- lock: the mutex is held for all of the work, naps included ---- */

static struct {
    pthread_mutex_t lock;
    uint64_t done; /* guarded by lock */
} work = { PTHREAD_MUTEX_INITIALIZER, 0 };

static int run_lock(struct worker *worker)
{
    while (!curfew_worker_stopping(worker->self)) {
        (void)pthread_mutex_lock(&work.lock);
        work.done++;
        nap(&worker->random, 50, 300);
        (void)pthread_mutex_unlock(&work.lock);
        worker_rounded(worker);
        nap(&worker->random, 50, 300);
    }
    return 0;
}

/* ---- queue: odd numbers produce, even ones consume; each item is a debt ---- */

enum { QUEUE_CAPACITY = 4, QUEUE_ITEMS_MAX = 32 };

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;         /* count > 0, or count < QUEUE_CAPACITY; broadcast only */
    unsigned items[QUEUE_CAPACITY]; /* guarded by lock */
    unsigned first;                 /* guarded by lock */
    unsigned count;                 /* guarded by lock */
    unsigned users;                 /* guarded by lock; the last one hands back what is left */
    char debt[32];                  /* read-only after the start */
};

struct queue_worker {
    struct worker base;
    struct queue *queue;
};

/* Main's own: the producer's queue, until the consumer, who is made next, takes it too. */
static struct queue *queue_half_made;

static void prepare_queue(struct worker *worker)
{
    struct queue_worker *user = (struct queue_worker *)worker;
    struct queue *queue = queue_half_made;

    if (queue == NULL) {
        queue = calloc(1, sizeof *queue);
        if (queue == NULL) {
            program_lacks(worker->name, ENOMEM);
        }
        (void)pthread_mutex_init(&queue->lock, NULL); /* With defaults these cannot fail. */
        (void)pthread_cond_init(&queue->changed, NULL);
        (void)snprintf(queue->debt, sizeof queue->debt, "item %s", worker->name);
        queue->users = 2; /* before either runs: the first may leave before the second comes */
        queue_half_made = queue;
    } else {
        queue_half_made = NULL;
    }
    user->queue = queue;
}

static void leave_queue(struct worker *worker)
{
    struct queue *queue = ((struct queue_worker *)worker)->queue;
    bool is_last;

    (void)pthread_mutex_lock(&queue->lock);
    is_last = --queue->users == 0;
    (void)pthread_mutex_unlock(&queue->lock);
    if (!is_last) {
        return;
    }
    for (; queue->count > 0; queue->count--) { /* handed back */
        curfew_debt_settle(queue->debt, queue->items[queue->first]);
        queue->first = (queue->first + 1) % QUEUE_CAPACITY;
    }
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue);
}

static void clean_queue(void *context)
{
    program_cleanup_begins();
    leave_queue(context);
}

/* Waits until the queue holds less than `limit` and at least `least` items.  queue->lock held. */
static int queue_wait(struct worker *worker, struct queue *queue, unsigned least, unsigned limit)
{
    int status = 0;

    while ((queue->count < least || queue->count >= limit) && status == 0) {
        status = curfew_cond_wait(&queue->changed, &queue->lock, worker_stop(worker),
                                  CURFEW_NO_DEADLINE);
    }
    if (status != 0 && status != -ECANCELED) {
        program_lacks(worker->name, -status);
    }
    return status;
}

static int produce(struct worker *worker, struct queue *queue)
{
    uint32_t items = random_between(&worker->random, 8, QUEUE_ITEMS_MAX);
    int status = 0;

    for (uint32_t item = 0; item < items && status == 0; item++) {
        curfew_debt_owe(queue->debt, item);
        (void)pthread_mutex_lock(&queue->lock);
        status = queue_wait(worker, queue, 0, QUEUE_CAPACITY);
        if (status == 0) {
            queue->items[(queue->first + queue->count++) % QUEUE_CAPACITY] = item;
            (void)pthread_cond_broadcast(&queue->changed);
        }
        (void)pthread_mutex_unlock(&queue->lock);
        if (status != 0) {
            curfew_debt_settle(queue->debt, item); /* handed back: nobody will consume it */
        }
        worker_rounded(worker);
    }
    worker_await_stop(worker);
    return 0;
}

static int consume(struct worker *worker, struct queue *queue)
{
    int status = 0;

    while (status == 0) {
        unsigned item = 0;
        (void)pthread_mutex_lock(&queue->lock);
        worker_rounded(worker);
        status = queue_wait(worker, queue, 1, QUEUE_CAPACITY + 1);
        if (status == 0) {
            item = queue->items[queue->first];
            queue->first = (queue->first + 1) % QUEUE_CAPACITY;
            queue->count--;
            (void)pthread_cond_broadcast(&queue->changed);
        }
        (void)pthread_mutex_unlock(&queue->lock);
        if (status == 0) {
            curfew_debt_settle(queue->debt, item);
            nap(&worker->random, 0, 500); /* slow enough that the queue fills */
        }
    }
    return 0;
}

static int run_queue(struct worker *worker)
{
    struct queue *queue = ((struct queue_worker *)worker)->queue;

    worker_defer(worker, clean_queue, worker);
    return worker->number % 2 == 1 ? produce(worker, queue) : consume(worker, queue);
}

/* ---- pool: jobs of which each is a debt, drained or cancelled ---- */

enum { POOL_THREADS = 2, POOL_JOBS_MAX = 12 };

struct pool_job {
    const char *debt;
    uint32_t number;
    uint32_t nap_us;
};

struct pool_worker {
    struct worker base;
    struct curfew_pool *pool;
    struct pool_job jobs[POOL_JOBS_MAX];
    char debt[32];
};

static void run_job(struct curfew_stop *stop, void *context)
{
    const struct pool_job *job = context;

    /* Asked to stop or not: the job is done in either case, only sooner. */
    int status = curfew_stop_wait(stop, curfew_deadline_after((uint64_t)job->nap_us * 1000));
    if (status != 0 && status != -ETIMEDOUT) {
        program_lacks(job->debt, -status);
    }
    curfew_debt_settle(job->debt, job->number);
}

static void take_back_jobs(void *context)
{
    struct pool_worker *owner = context;
    struct curfew_job *jobs = NULL;
    size_t count = 0;
    int status;

    program_cleanup_begins();
    status = curfew_pool_cancel(owner->pool, CURFEW_NO_DEADLINE, &jobs, &count);
    if (status != 0) {
        program_lacks(owner->base.name, -status);
    }
    for (size_t i = 0; i < count; i++) {
        const struct pool_job *job = jobs[i].context;
        curfew_debt_settle(job->debt, job->number);
    }
    free(jobs);
    curfew_pool_unref(owner->pool);
}

/* True: all jobs are queued; false: the stop came between. */
static bool submit_jobs(struct pool_worker *owner, uint32_t count)
{
    int status = 0;

    for (uint32_t i = 0; i < count && status == 0; i++) {
        struct pool_job *job = &owner->jobs[i];
        *job = (struct pool_job){ owner->debt, i, random_between(&owner->base.random, 0, 500) };
        curfew_debt_owe(job->debt, job->number);
        status = curfew_pool_submit(owner->pool, run_job, job);
        if (status != 0) {
            curfew_debt_settle(job->debt, job->number); /* still ours, and given up */
        }
    }
    if (status != 0 && status != -ECANCELED) {
        program_lacks(owner->base.name, -status);
    }
    return status == 0;
}

static int run_pool(struct worker *worker)
{
    struct pool_worker *owner = (struct pool_worker *)worker;
    char name[32];
    int status;

    (void)snprintf(owner->debt, sizeof owner->debt, "job %s", worker->name);
    (void)snprintf(name, sizeof name, "%s.job", worker->name);
    status = curfew_pool_new(name, POOL_THREADS, 0, worker_stop(worker), &owner->pool);
    if (status == -ECANCELED) {
        return 0; /* the stop came first */
    }
    if (status != 0) {
        program_lacks(worker->name, -status);
    }
    worker_defer(worker, take_back_jobs, owner);
    bool all = submit_jobs(owner, random_between(&worker->random, 4, POOL_JOBS_MAX));
    worker_rounded(worker);
    if (all && random_between(&worker->random, 0, 1) == 1) {
        status = curfew_pool_drain(owner->pool, CURFEW_NO_DEADLINE);
        if (status != 0 && status != -ECANCELED) {
            program_lacks(worker->name, -status);
        }
    }
    worker_await_stop(worker);
    return 0;
}

const struct worker_ops worker_ops_shared[KIND_COUNT] = {
    [KIND_COND] = { .run = run_cond },
    [KIND_LOCK] = { .run = run_lock },
    [KIND_QUEUE] = { sizeof(struct queue_worker), prepare_queue, run_queue, leave_queue },
    [KIND_POOL] = { .size_bytes = sizeof(struct pool_worker), .run = run_pool },
};
