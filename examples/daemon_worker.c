/* SPDX-License-Identifier: MIT
 *
 * daemon_worker.c -- a worker for which nobody waits.
 *
 * A daemon may be cut off by the end of the process at any instruction.  So it must not own
 * anything that needs cleaning up, what it uses must never be freed (here: static), and it is no
 * place for work that somebody will miss.  If in doubt, do not use one: an ordinary worker that
 * waits interruptibly costs no time at the end.
 */
#include <curfew/curfew.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_ulong beats;

static int beat(struct curfew_worker *self, void *context)
{
    (void)self;
    (void)context;
    for (;;) { /* never looks at its stop */
        (void)atomic_fetch_add(&beats, 1);
        (void)usleep(1000);
    }
}

static int work(struct curfew_worker *self, void *context)
{
    (void)context;
    return curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE);
}

int main(void)
{
    struct curfew_group *group;

    if (curfew_group_new(NULL, 1, &group) != 0 ||
        curfew_group_spawn(group, "heart", beat, NULL, CURFEW_WORKER_DAEMON, NULL) != 0 ||
        curfew_group_spawn(group, "worker", work, NULL, 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    (void)curfew_group_stop(group, CURFEW_REASON_REQUEST);
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    printf("home: the worker, not the daemon; %u to wait for\n", curfew_group_live(group));
    curfew_group_free(group); /* allowed while daemons are alive */
    return EXIT_SUCCESS;
}
