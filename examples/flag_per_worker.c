/* SPDX-License-Identifier: MIT
 *
 * flag_per_worker.c -- each worker has a stop of its own, and main sets them one by one.
 *
 * A worker's own stop is a child of its group's: it can be asked alone, by the id that
 * curfew_group_spawn gave, and still follows when the whole group is asked.
 */
#include <curfew/curfew.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKERS = 3 };

static sem_t left; /* posted by each worker as its last act */

static int wait_for_my_flag(struct curfew_worker *self, void *context)
{
    int status = curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE);
    printf("%s leaves\n", (const char *)context);
    (void)sem_post(&left); /* fails only when the count overflows */
    return status;
}

int main(void)
{
    static char *names[WORKERS] = { "anna", "ben", "cleo" };
    struct curfew_group *group;
    uint32_t ids[WORKERS];
    size_t started = 0;

    if (sem_init(&left, 0, 0) != 0 || curfew_group_new(NULL, 1, &group) != 0) {
        return EXIT_FAILURE;
    }
    while (started < WORKERS && curfew_group_spawn(group, names[started], wait_for_my_flag,
                                                   names[started], 0, &ids[started]) == 0) {
        started++;
    }
    for (size_t i = started; i-- > 0;) { /* the last one first */
        if (curfew_group_stop_worker(group, ids[i], CURFEW_REASON_REQUEST) != 0) {
            return EXIT_FAILURE;
        }
        while (sem_wait(&left) != 0) {
        }
    }
    /* All of them are gone, and the group was never asked. */
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    bool asked = curfew_stop_is_requested(curfew_group_get_stop(group));
    bool failed = curfew_group_failure(group, NULL);
    curfew_group_free(group);
    return started < WORKERS || asked || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
