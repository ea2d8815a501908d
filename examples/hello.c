/* SPDX-License-Identifier: MIT */
#include <curfew/curfew.h>
#include <errno.h>
#include <stdio.h>
static int tick(struct curfew_worker *self, void *context)
{
    struct curfew_stop *stop = curfew_worker_get_stop(self);
    while (curfew_stop_wait(stop, curfew_deadline_after(500000000)) == -ETIMEDOUT) {
        puts(context); /* every half second, until the stop interrupts the sleep */
    }
    return 0;
}

int main(void)
{
    struct curfew_group *group;
    if (curfew_signals_early(NULL) != 0 || curfew_group_new(NULL, 1, &group) != 0) {
        return 1;
    }
    if (curfew_signals_bind(curfew_group_get_stop(group)) != 0 ||
        curfew_group_spawn(group, "tick", tick, "tick", 0, NULL) != 0 ||
        curfew_group_spawn(group, "tock", tick, "tock", 0, NULL) != 0) {
        (void)curfew_group_stop(group, CURFEW_REASON_FAILURE); /* whoever started goes home */
    }
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    int reason = curfew_stop_reason(curfew_group_get_stop(group));
    curfew_signals_fini(); /* before the stop that it is bound to goes */
    curfew_group_free(group);
    return curfew_signals_exit_status(reason, CURFEW_EXIT_ZERO);
}
