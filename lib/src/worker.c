/* SPDX-License-Identifier: MIT
 *
 * worker.c -- starting a worker, and its life on its own thread.
 *
 * The lock of the group is held from the check for a stop until the thread exists, so a worker is
 * counted exactly if it will run, and `thread` is written before anybody can look for it.
 * A worker's last act under the lock is to become ENDED; from then on its memory belongs to the
 * joiner, who joins the thread before he frees it.  A daemon has no joiner and frees itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "curfew/debt.h"
#include "curfew/group.h"
#include "group.h"
#include "mask.h"
#include "stop.h"

#define KNOWN_FLAGS ((unsigned)CURFEW_WORKER_DAEMON | (unsigned)CURFEW_WORKER_FAIL_STOPS_ALL)

static _Thread_local struct curfew_worker *self_worker;
static uint32_t last_id; /* atomic */

struct curfew_worker *curfew__worker_self(void)
{
    return self_worker;
}

/* ---- The thread. ---- */

/* Writes down a failure and what follows from it.  The group's lock is held. */
static void record_status(struct curfew_worker *worker)
{
    struct curfew_group *group = worker->group;
    if (worker->status == 0) {
        return;
    }
    if (!group->has_failure) {
        group->has_failure = true;
        group->failure.id = worker->id;
        group->failure.status = worker->status;
        memcpy(group->failure.name, worker->name, sizeof(group->failure.name));
    }
    if ((worker->flags & CURFEW_WORKER_FAIL_STOPS_ALL) != 0) {
        (void)curfew_stop_request(&group->stop, CURFEW_REASON_FAILURE); /* May not be the first. */
    }
}

static void daemon_leave(struct curfew_worker *worker)
{
    struct curfew_group *group = worker->group;
    struct curfew_worker **link = &group->workers;
    while (*link != worker) {
        link = &(*link)->next;
    }
    *link = worker->next;
    curfew__group_unref_drop(group);
    curfew_stop_fini(&worker->stop);
    free(worker);
}

/* Runs on return, pthread_exit and cancellation alike. */
static void worker_end(void *argument)
{
    struct curfew_worker *worker = argument;
    struct curfew_group *group = worker->group;
    /* A cancellation that comes only now must not cut the cleanups short. */
    int status = pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    CURFEW_ASSERT(status == 0);

    curfew__lock_take(&group->lock);
    worker->state = WORKER_CLEANING;
    if (!curfew__is_daemon(worker)) {
        curfew_debt_note(worker->name, worker->id, CURFEW_DEBT_CLEANING);
    }
    while (curfew__cleanup_run_one(group, &worker->cleanups)) {
    }
    record_status(worker);
    if (curfew__is_daemon(worker)) {
        self_worker =
            NULL; /* Others keep it: a join from a destructor of the thread is refused too. */
        daemon_leave(worker); /* drops the lock */
        return;
    }
    curfew_debt_settle(worker->name, worker->id);
    worker->state = WORKER_ENDED;
    CURFEW_ASSERT(group->live > 0 && group->phases[worker->phase].live > 0);
    group->live--;
    group->phases[worker->phase].live--;
    curfew__group_advance(group);
    (void)pthread_cond_broadcast(&group->changed);
    curfew__lock_drop(&group->lock);
}

static void *worker_main(void *argument)
{
    struct curfew_worker *worker = argument;
    char short_name[16] = ""; /* as long as the kernel's may be */
    self_worker = worker;
    memcpy(short_name, worker->name, sizeof(short_name) - 1);
    (void)pthread_setname_np(pthread_self(), short_name); /* Only for people. */

    curfew__lock_take(&worker->group->lock);
    worker->tid = gettid();
    worker->state = WORKER_RUNNING;
    curfew__lock_drop(&worker->group->lock);
    if (!curfew__is_daemon(worker)) {
        curfew_debt_note(worker->name, worker->id, CURFEW_DEBT_RUNNING);
    }
    pthread_cleanup_push(worker_end, worker);
    worker->status = worker->fn(worker, worker->context);
    pthread_cleanup_pop(1);
    return NULL;
}

/* ---- Spawning. ---- */

static int worker_new(struct curfew_group *group, const char *name, unsigned flags,
                      struct curfew_worker **out_worker)
{
    unsigned phase = flags >> 8;
    unsigned plain_flags = flags & 0xffu;
    if (name == NULL || name[0] == '\0' || (plain_flags & ~KNOWN_FLAGS) != 0 ||
        phase >= group->phase_count) {
        return -EINVAL;
    }
    struct curfew_worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL) {
        return -ENOMEM;
    }
    worker->group = group;
    worker->flags = plain_flags;
    worker->phase = phase;
    worker->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
    (void)snprintf(worker->name, sizeof(worker->name), "%s", name); /* Cut on purpose. */

    /* Its descriptor is made now: a worker that runs can always wait. */
    struct curfew_stop *above = group->phase_count == 1 ? &group->stop : &group->phases[phase].stop;
    int status = curfew_stop_init(&worker->stop, above, CURFEW_NO_DEADLINE);
    if (status == 0) {
        status = curfew__stop_prepare(&worker->stop);
    }
    if (status != 0) {
        curfew_stop_fini(&worker->stop);
        free(worker);
        return status;
    }
    *out_worker = worker;
    return 0;
}

/* Starts the thread with its signals blocked.  The group's lock is held. */
static int worker_start(struct curfew_worker *worker)
{
    pthread_attr_t attributes;
    int status = pthread_attr_init(&attributes);
    if (status != 0) {
        return -status;
    }
    pthread_t thread;
    sigset_t old;
    status = pthread_attr_setdetachstate(
        &attributes, curfew__is_daemon(worker) ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE);
    CURFEW_ASSERT(status == 0);
    worker->started_ns = curfew__now_sigsafe();
    curfew__mask_block(&old);
    status = pthread_create(&thread, &attributes, worker_main, worker);
    curfew__mask_restore(&old);
    (void)pthread_attr_destroy(&attributes); /* Holds nothing. */
    if (status == 0) {
        worker->thread = thread;
    }
    return -status;
}

/* Puts a started worker on the list and counts it.  The group's lock is held. */
static void worker_enlist(struct curfew_worker *worker)
{
    struct curfew_group *group = worker->group;
    struct curfew_worker **link = &group->workers;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = worker;
    if (curfew__is_daemon(worker)) {
        group->refs++;
    } else {
        group->live++;
        group->phases[worker->phase].live++;
    }
}

int curfew_group_spawn(struct curfew_group *group, const char *name, curfew_worker_fn *fn,
                       void *context, unsigned flags, uint32_t *out_id)
{
    CURFEW_ASSERT(group != NULL);
    CURFEW_ASSERT(fn != NULL);
    struct curfew_worker *worker = NULL;
    int status = worker_new(group, name, flags, &worker);
    if (status != 0) {
        return status;
    }
    worker->fn = fn;
    worker->context = context;
    uint32_t id = worker->id;

    curfew__lock_take(&group->lock);
    curfew__group_reap(group); /* Who ended long ago gives his stack back. */
    if (group->state != GROUP_OPEN || curfew_stop_is_requested(&group->stop)) {
        status = -ECANCELED;
    } else {
        if (!curfew__is_daemon(worker)) {
            curfew_debt_owe_thread(worker->name, worker->id);
        }
        status = worker_start(worker);
        if (status == 0) {
            worker_enlist(worker);
        } else if (!curfew__is_daemon(worker)) {
            curfew_debt_settle(worker->name, worker->id);
        }
    }
    curfew__lock_drop(&group->lock);

    if (status != 0) {
        curfew_stop_fini(&worker->stop);
        free(worker);
    } else if (out_id != NULL) {
        *out_id = id;
    }
    return status;
}

/* ---- What a worker may ask and do. ---- */

int curfew_worker_defer(struct curfew_worker *self, curfew_cleanup_fn *fn, void *context)
{
    CURFEW_ASSERT(fn != NULL);
    CURFEW_ASSERT(self != NULL && self_worker == self);
    curfew__lock_take(&self->group->lock);
    int status = self->state == WORKER_RUNNING ? curfew__cleanup_push(&self->cleanups, fn, context)
                                               : -ECANCELED;
    curfew__lock_drop(&self->group->lock);
    return status;
}

struct curfew_stop *curfew_worker_get_stop(struct curfew_worker *self)
{
    CURFEW_ASSERT(self != NULL);
    return &self->stop;
}

bool curfew_worker_stopping(const struct curfew_worker *self)
{
    CURFEW_ASSERT(self != NULL);
    return curfew_stop_is_requested(&self->stop);
}

uint32_t curfew_worker_get_id(const struct curfew_worker *self)
{
    CURFEW_ASSERT(self != NULL);
    return self->id;
}

struct curfew_group *curfew_worker_get_group(struct curfew_worker *self)
{
    CURFEW_ASSERT(self != NULL);
    return self->group;
}
