/* SPDX-License-Identifier: MIT
 *
 * failing_worker.c -- one worker fails; its failure stops the others, and main reports it.
 *
 * Without CURFEW_WORKER_FAIL_STOPS_ALL a failure is only remembered.  The first one counts: what
 * fails afterwards is mostly a consequence.
 */
#include <curfew/curfew.h>
#include <stdio.h>
#include <stdlib.h>

static int serve(struct curfew_worker *self, void *context)
{
    (void)context;
    return curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE);
}

static int lose_the_disk(struct curfew_worker *self, void *context)
{
    (void)self;
    (void)context;
    return 7;
}

int main(void)
{
    struct curfew_failure failure;
    struct curfew_group *group;

    if (curfew_group_new(NULL, 1, &group) != 0) {
        return EXIT_FAILURE;
    }
    if (curfew_group_spawn(group, "server-1", serve, NULL, 0, NULL) != 0 ||
        curfew_group_spawn(group, "server-2", serve, NULL, 0, NULL) != 0 ||
        curfew_group_spawn(group, "disk", lose_the_disk, NULL, CURFEW_WORKER_FAIL_STOPS_ALL,
                           NULL) != 0) {
        (void)curfew_group_stop(group, CURFEW_REASON_FAILURE);
    }
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    int reason = curfew_stop_reason(curfew_group_get_stop(group));
    printf("stopped by: %s\n", curfew_reason_name(reason));
    if (curfew_group_failure(group, &failure)) {
        printf("%s failed with %d\n", failure.name, failure.status);
    }
    curfew_group_free(group);
    return curfew_signals_exit_status(reason, CURFEW_EXIT_ZERO); /* a failure: EXIT_FAILURE */
}
