/* SPDX-License-Identifier: MIT
 *
 * signals_waiting.c -- INT and TERM while main waits for the stop; then a bounded join that names
 * who is late.
 *
 * The handlers are installed in the first line of main, before there is anything to stop: a signal
 * that comes too early is remembered, and stops the program as soon as it can be stopped.
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
    if (curfew_signals_early(NULL) != 0) {
        return EXIT_FAILURE;
    }
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_late late[4];
    size_t late_count = 4;
    struct curfew_group *group;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (curfew_group_new(&stop, 1, &group) != 0 || curfew_signals_bind(&stop) != 0 ||
        curfew_group_spawn(group, "worker", work, NULL, 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    puts("ready");
    if (curfew_stop_wait(&stop, CURFEW_NO_DEADLINE) != 0) {
        return EXIT_FAILURE;
    }
    int reason = curfew_stop_reason(&stop);
    printf("stopping for %s\n", curfew_reason_name(reason));
    if (curfew_group_join(group, curfew_deadline_after(5000000000), late, &late_count) != 0) {
        for (size_t i = 0; i < late_count && i < 4; i++) {
            fprintf(stderr, "%s is late\n", late[i].name);
        }
        _Exit(EXIT_FAILURE); /* not exit: destructors must not run under a live thread */
    }
    puts("all home");
    curfew_group_free(group);
    curfew_signals_fini();
    curfew_stop_fini(&stop);
    return curfew_signals_exit_status(reason, CURFEW_EXIT_ZERO);
}
