/* SPDX-License-Identifier: MIT
 *
 * finished_early.c -- a worker that has already finished when the stop comes.
 *
 * Nothing needs to know: its cleanup ran when it finished, the stop finds nobody to ask, and the
 * join returns at once, as often as it is called.
 */
#include <curfew/curfew.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void say(void *context)
{
    puts(context);
}

static int finish(struct curfew_worker *self, void *context)
{
    (void)context;
    return curfew_worker_defer(self, say, "the worker cleans up");
}

int main(void)
{
    struct curfew_group *group;
    uint32_t id;

    if (curfew_group_new(NULL, 1, &group) != 0 ||
        curfew_group_defer(group, say, "the group cleans up") != 0 ||
        curfew_group_spawn(group, "quick", finish, NULL, 0, &id) != 0) {
        return EXIT_FAILURE;
    }
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL); /* now it has finished */
    bool gone = curfew_group_stop_worker(group, id, CURFEW_REASON_REQUEST) == -ESRCH;
    bool first = curfew_group_stop(group, CURFEW_REASON_REQUEST);
    int again = curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    printf("worker %s, stop %s, second join %d\n", gone ? "gone" : "there",
           first ? "requested" : "already requested", again);
    curfew_group_free(group);
    return EXIT_SUCCESS;
}
