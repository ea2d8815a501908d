/* SPDX-License-Identifier: MIT
 *
 * interruptible_sleep.c -- a worker that works once an hour, and still stops at once.
 *
 * curfew_stop_wait in place of sleep(3): it returns 0 as soon as the stop is requested, and
 * -ETIMEDOUT when it is time for the next round.
 */
#include <curfew/curfew.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR_NS (UINT64_C(3600) * 1000000000)

static int hourly(struct curfew_worker *self, void *context)
{
    struct curfew_stop *stop = curfew_worker_get_stop(self);
    int status;

    (void)context;
    do {
        puts("working");
        status = curfew_stop_wait(stop, curfew_deadline_after(HOUR_NS));
    } while (status == -ETIMEDOUT);
    printf("woken by %s\n", curfew_reason_name(curfew_stop_reason(stop)));
    return status;
}

int main(void)
{
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_group *group;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (curfew_signals_early(NULL) != 0 || curfew_group_new(&stop, 1, &group) != 0 ||
        curfew_signals_bind(&stop) != 0 ||
        curfew_group_spawn(group, "hourly", hourly, NULL, 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    bool failed = curfew_group_failure(group, NULL);
    curfew_group_free(group);
    return failed ? EXIT_FAILURE
                  : curfew_signals_exit_status(curfew_stop_reason(&stop), CURFEW_EXIT_ZERO);
}
