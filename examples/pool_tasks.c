/* SPDX-License-Identifier: MIT
 *
 * pool_tasks.c -- tasks in a pool, and the two ways to end it.
 *
 * Drain finishes what was submitted.  Cancel asks the running task to stop and hands back those
 * that never ran, so that none is lost without notice.
 */
#include <curfew/curfew.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

enum { TASKS = 8 };

static sem_t begun;

static void small_task(struct curfew_stop *stop, void *context)
{
    (void)stop;
    (void)context;
}

static void long_task(struct curfew_stop *stop, void *context)
{
    int *status = context;
    (void)sem_post(&begun);
    *status = curfew_stop_wait(stop, CURFEW_NO_DEADLINE);
}

/* One thread, and `first` in front of TASKS - 1 small ones. */
static struct curfew_pool *start(curfew_job_fn *first, void *context)
{
    struct curfew_pool *pool;
    int status = curfew_pool_new("pool", 1, 0, NULL, &pool);
    for (size_t i = 0; i < TASKS && status == 0; i++) {
        status = curfew_pool_submit(pool, i == 0 ? first : small_task, i == 0 ? context : NULL);
    }
    return status == 0 ? pool : NULL;
}

int main(void)
{
    struct curfew_job *jobs;
    size_t jobs_count;
    int seen = -1;

    struct curfew_pool *drained = start(small_task, NULL);
    struct curfew_pool *canceled = sem_init(&begun, 0, 0) == 0 ? start(long_task, &seen) : NULL;
    if (drained == NULL || canceled == NULL) {
        return EXIT_FAILURE;
    }
    printf("drain: %d\n", curfew_pool_drain(drained, CURFEW_NO_DEADLINE));
    while (sem_wait(&begun) != 0) { /* the long one runs, the others queue behind it */
    }
    if (curfew_pool_cancel(canceled, CURFEW_NO_DEADLINE, &jobs, &jobs_count) == 0) {
        printf("cancel: the long task saw %d, %zu never ran\n", seen, jobs_count);
        free(jobs);
    }
    curfew_pool_unref(drained);
    curfew_pool_unref(canceled);
    return EXIT_SUCCESS;
}
