/* SPDX-License-Identifier: MIT
 *
 * group.c -- making, stopping and freeing groups; cleanups and phases.
 *
 * One lock per group (rank GROUP) guards everything that is not marked otherwise in group.h.  No
 * callback is called with it.  A request touches only the group's stop; workers see it at once
 * where their phase is a child of that stop (a single phase, or the last of several), and the other
 * phases are passed on by whoever comes first: the worker that leaves last, a joiner, or the
 * service.
 */
#include "curfew/group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "group.h"
#include "service.h"
#include "stop.h"

static void group_release(struct curfew_group *group)
{
    if (group->phase_count > 1) {
        for (unsigned phase = 0; phase < group->phase_count; phase++) {
            curfew_stop_fini(&group->phases[phase].stop);
        }
        curfew__service_unref();
    }
    curfew_stop_fini(&group->stop);
    (void)pthread_cond_destroy(&group->changed); /* Nobody waits: the last reference is gone. */
    curfew__lock_fini(&group->lock);
    free(group);
}

static int phases_init(struct curfew_group *group)
{
    int status = 0;
    for (unsigned phase = 0; phase < group->phase_count; phase++) {
        bool is_last = phase + 1 == group->phase_count;
        struct curfew_stop *above = is_last ? &group->stop : NULL;
        if (status == 0) {
            status = curfew_stop_init(&group->phases[phase].stop, above, CURFEW_NO_DEADLINE);
        }
        if (status == 0) {
            status = curfew__stop_prepare(&group->phases[phase].stop);
        }
    }
    return status;
}

int curfew_group_new(struct curfew_stop *parent, unsigned phases, struct curfew_group **out_group)
{
    CURFEW_ASSERT(out_group != NULL);
    if (phases < 1 || phases > CURFEW_GROUP_PHASES_MAX) {
        return -EINVAL;
    }
    struct curfew_group *group = calloc(1, sizeof(*group) + phases * sizeof(group->phases[0]));
    if (group == NULL) {
        return -ENOMEM;
    }
    curfew__lock_init(&group->lock, RANK_GROUP);
    curfew__cond_init(&group->changed);
    group->refs = 1;
    group->phase_count = 1; /* until the service is referenced on behalf of more */
    int status = curfew_stop_init(&group->stop, parent, CURFEW_NO_DEADLINE);
    if (status == 0) {
        status = curfew__stop_prepare(&group->stop);
    }
    if (status == 0 && phases > 1) {
        status = curfew__service_ref();
        if (status == 0) {
            group->phase_count = phases;
            status = phases_init(group);
        }
    }
    if (status == 0) {
        /* Room for the workers' stops too, or every spawn would fail. */
        struct curfew_stop *above = phases > 1 ? &group->phases[phases - 1].stop : &group->stop;
        struct curfew_stop worker_stop;
        status = curfew_stop_init(&worker_stop, above, CURFEW_NO_DEADLINE);
    }
    if (status == 0) {
        status = curfew__service_add_group(group);
    }
    if (status != 0) {
        group_release(group);
        return status;
    }
    *out_group = group;
    return 0;
}

void curfew__group_unref_drop(struct curfew_group *group)
{
    CURFEW_ASSERT(group->refs > 0);
    group->refs--;
    bool last = group->refs == 0;
    curfew__lock_drop(&group->lock);
    if (last) {
        CURFEW_ASSERT(group->workers == NULL && group->live == 0);
        group_release(group);
    }
}

void curfew_group_free(struct curfew_group *group)
{
    if (group == NULL) {
        return;
    }
    CURFEW_ASSERT(curfew_group_live(group) == 0);
    (void)curfew_stop_request(&group->stop,
                              CURFEW_REASON_REQUEST); /* For daemons, if there are any. */
    int status = curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    CURFEW_ASSERT(status == 0);
    curfew__service_remove_group(group);
    curfew__lock_take(&group->lock);
    curfew__group_unref_drop(group);
}

/* ---- Stopping. ---- */

bool curfew_group_stop(struct curfew_group *group, int reason)
{
    CURFEW_ASSERT(group != NULL);
    return curfew_stop_request(&group->stop, reason);
}

struct curfew_stop *curfew_group_get_stop(struct curfew_group *group)
{
    CURFEW_ASSERT(group != NULL);
    return &group->stop;
}

int curfew_group_stop_worker(struct curfew_group *group, uint32_t id, int reason)
{
    CURFEW_ASSERT(group != NULL);
    int status = -ESRCH;
    curfew__lock_take(&group->lock);
    for (struct curfew_worker *worker = group->workers; worker != NULL; worker = worker->next) {
        if (worker->id == id && worker->state < WORKER_ENDED) {
            (void)curfew_stop_request(&worker->stop, reason); /* May not be the first. */
            status = 0;
        }
    }
    curfew__lock_drop(&group->lock);
    return status;
}

void curfew__group_advance(struct curfew_group *group)
{
    int reason = curfew_stop_reason(&group->stop);
    if (group->phase_count == 1 || reason == CURFEW_REASON_NONE) {
        return;
    }
    for (unsigned phase = group->phase_count; phase-- > 0;) {
        (void)curfew_stop_request(&group->phases[phase].stop, reason); /* May not be the first. */
        if (group->phases[phase].live > 0) {
            break;
        }
    }
}

bool curfew__group_try_advance(struct curfew_group *group)
{
    if (!curfew__lock_try(&group->lock)) {
        return false;
    }
    curfew__group_advance(group);
    curfew__lock_drop(&group->lock);
    return true;
}

/* ---- Cleanups. ---- */

int curfew__cleanup_push(struct curfew__cleanup **list, curfew_cleanup_fn *fn, void *context)
{
    struct curfew__cleanup *cleanup = malloc(sizeof(*cleanup));
    if (cleanup == NULL) {
        return -ENOMEM;
    }
    *cleanup = (struct curfew__cleanup){ .fn = fn, .context = context, .next = *list };
    *list = cleanup;
    return 0;
}

bool curfew__cleanup_run_one(struct curfew_group *group, struct curfew__cleanup **list)
{
    struct curfew__cleanup *cleanup = *list;
    if (cleanup == NULL) {
        return false;
    }
    *list = cleanup->next; /* Off the list before it runs: it runs once, whatever it does. */
    curfew__lock_drop(&group->lock);
    cleanup->fn(cleanup->context);
    free(cleanup);
    curfew__lock_take(&group->lock);
    return true;
}

int curfew_group_defer(struct curfew_group *group, curfew_cleanup_fn *fn, void *context)
{
    CURFEW_ASSERT(group != NULL);
    CURFEW_ASSERT(fn != NULL);
    curfew__lock_take(&group->lock);
    int status = group->state == GROUP_OPEN ? curfew__cleanup_push(&group->cleanups, fn, context)
                                            : -ECANCELED;
    curfew__lock_drop(&group->lock);
    return status;
}

/* ---- Questions. ---- */

bool curfew_group_failure(struct curfew_group *group, struct curfew_failure *out_failure)
{
    CURFEW_ASSERT(group != NULL);
    curfew__lock_take(&group->lock);
    bool has_failure = group->has_failure;
    if (has_failure && out_failure != NULL) {
        *out_failure = group->failure;
    }
    curfew__lock_drop(&group->lock);
    return has_failure;
}

unsigned curfew_group_live(struct curfew_group *group)
{
    CURFEW_ASSERT(group != NULL);
    curfew__lock_take(&group->lock);
    unsigned live = group->live;
    curfew__lock_drop(&group->lock);
    return live;
}
