/* SPDX-License-Identifier: MIT
 *
 * signals_joining.c -- INT and TERM while main is in the join, which is all that main does.
 *
 * The join itself does not stop anybody: the handlers request the stop, the workers see it, and the
 * join returns when they are home.  The hard limit bounds it: ten seconds after the signal the
 * library names who is late on stderr and ends the process with 128 + n.
 */
#include <curfew/curfew.h>
#include <stdio.h>
#include <stdlib.h>

static int work(struct curfew_worker *self, void *context)
{
    (void)context;
    return curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE);
}

int main(void)
{
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_signals_config config = CURFEW_SIGNALS_CONFIG_INIT;
    struct curfew_group *group;

    config.hard_limit_ns = 10000000000;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (curfew_signals_early(&config) != 0 || curfew_group_new(&stop, 1, &group) != 0 ||
        curfew_signals_bind(&stop) != 0 ||
        curfew_group_spawn(group, "worker", work, NULL, 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    puts("ready");
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    int reason = curfew_stop_reason(&stop);
    printf("all home after %s\n", curfew_reason_name(reason));
    curfew_group_free(group);
    curfew_signals_fini();
    curfew_stop_fini(&stop);
    return curfew_signals_exit_status(reason, CURFEW_EXIT_RERAISE); /* ends by the signal itself */
}
