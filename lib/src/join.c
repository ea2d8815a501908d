/* SPDX-License-Identifier: MIT
 *
 * join.c -- waiting for workers, with a deadline, and naming the late.
 *
 * A joiner claims an ended worker (ENDED -> JOINING) under the group's lock, joins its thread
 * without the lock, and then frees it.  Several joiners may be at work; who finds nothing to claim
 * waits on `changed`.  The one that first finds nobody left moves the group to CLEANING and runs
 * the cleanups; the others wait for CLOSED.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "curfew/group.h"
#include "group.h"
#include "stop.h"

/* Joins a thread that is past its last use of our memory, and may still be in the program's
 * thread-specific destructors.  False: still there at the deadline.
 *
 * It tries and sleeps instead of calling pthread_join: that has no deadline on CLOCK_MONOTONIC that
 * ThreadSanitizer up to LLVM 14 knows, and a signal that arrives inside of it, while it frees the
 * dead thread's memory, deadlocks ThreadSanitizer with itself. */
static bool thread_join(pthread_t thread, uint64_t deadline_ns)
{
    uint64_t pause_ns = 20000;
    int status;
    while ((status = pthread_tryjoin_np(thread, NULL)) == EBUSY) {
        if (curfew__passed_sigsafe(deadline_ns)) {
            return false;
        }
        struct timespec pause = curfew__timespec(pause_ns);
        (void)nanosleep(&pause, NULL); /* Cut short by a signal is fine. */
        pause_ns = curfew__earlier(2 * pause_ns, 2000000);
    }
    CURFEW_ASSERT(status == 0);
    return true;
}

/* The first worker in the given state that somebody has to join. */
static struct curfew_worker *find(struct curfew_group *group, enum curfew__worker_state state)
{
    struct curfew_worker *worker = group->workers;
    while (worker != NULL && (curfew__is_daemon(worker) || worker->state != state)) {
        worker = worker->next;
    }
    return worker;
}

/* Takes a joined worker off the list and frees it. */
static void worker_free(struct curfew_group *group, struct curfew_worker *worker)
{
    struct curfew_worker **link = &group->workers;
    while (*link != worker) {
        link = &(*link)->next;
    }
    *link = worker->next;
    CURFEW_ASSERT(worker->cleanups == NULL);
    curfew_stop_fini(&worker->stop);
    free(worker);
}

/* Joins an ended worker.  False: its thread is still there at the deadline. */
static bool worker_join(struct curfew_group *group, struct curfew_worker *worker,
                        uint64_t deadline_ns)
{
    worker->state = WORKER_JOINING;
    pthread_t thread = worker->thread;
    curfew__lock_drop(&group->lock);
    bool joined = thread_join(thread, deadline_ns);
    curfew__lock_take(&group->lock);
    if (joined) {
        worker_free(group, worker);
    } else {
        worker->state = WORKER_ENDED;
    }
    (void)pthread_cond_broadcast(&group->changed);
    return joined;
}

void curfew__group_reap(struct curfew_group *group)
{
    struct curfew_worker *worker;
    while ((worker = find(group, WORKER_ENDED)) != NULL && worker_join(group, worker, 0)) {
    }
}

static void late_fill(struct curfew_worker *worker, struct curfew_late *out_late)
{
    uint64_t asked_ns = curfew__stop_requested_ns(&worker->stop);
    uint64_t since_ns = asked_ns != 0 ? asked_ns : worker->started_ns;
    uint64_t now_ns = curfew__now_sigsafe();
    *out_late = (struct curfew_late){
        .id = worker->id,
        .tid = worker->tid,
        .phase = worker->phase,
        .asked = asked_ns != 0,
        .cleaning = worker->state >= WORKER_CLEANING,
        .for_ns = now_ns > since_ns ? now_ns - since_ns : 0,
    };
    memcpy(out_late->name, worker->name, sizeof(out_late->name));
}

static void late_list(struct curfew_group *group, struct curfew_late *late, size_t *count)
{
    size_t found = 0;
    if (count == NULL) {
        return;
    }
    for (struct curfew_worker *worker = group->workers; worker != NULL; worker = worker->next) {
        if (!curfew__is_daemon(worker)) {
            if (late != NULL && found < *count) {
                late_fill(worker, &late[found]);
            }
            found++;
        }
    }
    *count = found;
}

void curfew__group_report_late(struct curfew_group *group, int fd)
{
    char line[160];
    if (!curfew__lock_try(&group->lock)) {
        return; /* The process is about to be ended: no time to wait for anybody. */
    }
    for (struct curfew_worker *worker = group->workers; worker != NULL; worker = worker->next) {
        if (!curfew__is_daemon(worker)) {
            struct curfew_late late;
            late_fill(worker, &late);
            int length = snprintf(line, sizeof(line),
                                  "curfew: late: worker %u '%s' (thread %d), %s %.1f s\n", late.id,
                                  late.name, (int)late.tid,
                                  late.cleaning ? "cleaning up, asked to stop for"
                                  : late.asked  ? "asked to stop for"
                                                : "not asked to stop, running for",
                                  (double)late.for_ns / 1e9);
            CURFEW_ASSERT(length > 0 && (size_t)length < sizeof(line));
            curfew__write_if_room(fd, line, (size_t)length);
        }
    }
    curfew__lock_drop(&group->lock);
}

/* Waits for all workers, joining them.  The group's lock is held.  False: the deadline passed. */
static bool join_workers(struct curfew_group *group, uint64_t deadline_ns)
{
    bool in_time = true;
    while (in_time) {
        curfew__group_advance(group);
        struct curfew_worker *ended = find(group, WORKER_ENDED);
        if (ended != NULL) {
            in_time = worker_join(group, ended, deadline_ns);
        } else if (group->live == 0 && find(group, WORKER_JOINING) == NULL) {
            return true;
        } else {
            in_time = curfew__cond_wait(&group->changed, &group->lock, deadline_ns);
        }
    }
    return false;
}

/* Runs the group's cleanups, or waits for who does.  The group's lock is held. */
static bool clean_up(struct curfew_group *group, uint64_t deadline_ns)
{
    if (group->state == GROUP_OPEN) {
        group->state = GROUP_CLEANING;
        group->cleaner = pthread_self();
        while (curfew__cleanup_run_one(group, &group->cleanups)) {
            CURFEW_ASSERT(group->live == 0);
        }
        group->state = GROUP_CLOSED;
        (void)pthread_cond_broadcast(&group->changed);
    }
    bool in_time = true;
    while (group->state != GROUP_CLOSED && in_time) {
        in_time = curfew__cond_wait(&group->changed, &group->lock, deadline_ns);
    }
    return group->state == GROUP_CLOSED;
}

int curfew_group_join(struct curfew_group *group, uint64_t deadline_ns, struct curfew_late *late,
                      size_t *count)
{
    CURFEW_ASSERT(group != NULL);
    const struct curfew_worker *self = curfew__worker_self();
    if (self != NULL && self->group == group && !curfew__is_daemon(self)) {
        return -EDEADLK;
    }
    int cancel_state;
    int status = pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    CURFEW_ASSERT(status == 0);

    curfew__lock_take(&group->lock);
    if (group->state == GROUP_CLEANING && pthread_equal(group->cleaner, pthread_self())) {
        status = -EDEADLK;
    } else if (!join_workers(group, deadline_ns) || !clean_up(group, deadline_ns)) {
        late_list(group, late, count);
        status = -ETIMEDOUT;
    }
    curfew__lock_drop(&group->lock);

    int restored = pthread_setcancelstate(cancel_state, NULL);
    CURFEW_ASSERT(restored == 0);
    return status;
}
