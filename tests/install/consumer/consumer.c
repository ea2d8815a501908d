/* SPDX-License-Identifier: MIT
 *
 * consumer.c -- a program of a user of the installed library, valid as C and as C++: one worker
 * waits for the stop, main requests it.  Prints what it saw; ends with 0 only if everything went
 * home.
 */
#include <curfew/curfew.h>
#include <stdio.h>

static int wait_for_stop(struct curfew_worker *self, void *context)
{
    int *seen = (int *)context;
    int status = curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE);
    *seen = curfew_stop_reason(curfew_worker_get_stop(self));
    return status;
}

int main(void)
{
    struct curfew_group *group;
    int seen = CURFEW_REASON_NONE;

    if (curfew_group_new(NULL, 1, &group) != 0 ||
        curfew_group_spawn(group, "waiter", wait_for_stop, &seen, 0, NULL) != 0) {
        return 1;
    }
    (void)curfew_group_stop(group, CURFEW_REASON_USER);
    if (curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL) != 0 ||
        curfew_group_failure(group, NULL) || seen != CURFEW_REASON_USER) {
        return 2;
    }
    curfew_group_free(group);
    printf("curfew %d.%d.%d: home, reason %d\n", CURFEW_VERSION_MAJOR, CURFEW_VERSION_MINOR,
           CURFEW_VERSION_PATCH, seen);
    return 0;
}
