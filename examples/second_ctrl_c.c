/* SPDX-License-Identifier: MIT
 *
 * second_ctrl_c.c -- the second Ctrl-C is for a person who has lost patience.
 *
 * The first INT asks.  A second one ends the process at once with 130, by _exit: no destructor or
 * atexit handler runs under the thread that is still alive.  A second TERM does nothing:
 * supervisors repeat it, and mean no harm.
 */
#include <curfew/curfew.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int ignore_the_stop(struct curfew_worker *self, void *context)
{
    (void)self;
    (void)context;
    for (;;) { /* stands for a library call that never returns */
        (void)pause();
    }
}

int main(void)
{
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_group *group;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (curfew_signals_early(NULL) != 0 || curfew_group_new(&stop, 1, &group) != 0 ||
        curfew_signals_bind(&stop) != 0 ||
        curfew_group_spawn(group, "stubborn", ignore_the_stop, NULL, 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    puts("ready");
    if (curfew_stop_wait(&stop, CURFEW_NO_DEADLINE) != 0) {
        return EXIT_FAILURE;
    }
    puts("stopping; press Ctrl-C again to give up");
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL); /* never returns here */
    return EXIT_FAILURE;
}
