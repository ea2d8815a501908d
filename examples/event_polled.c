/* SPDX-License-Identifier: MIT
 *
 * event_polled.c -- a worker that computes, and looks at its stop once per iteration.
 *
 * The check is one acquire load per stop in the chain, so it may stand in a tight loop.  What
 * bounds the shutdown is the longest iteration: keep it short, or check inside it as well.
 */
#include <curfew/curfew.h>
#include <stdio.h>
#include <stdlib.h>

static int collatz(struct curfew_worker *self, void *context)
{
    uint64_t *tried = context;
    while (!curfew_worker_stopping(self)) {
        uint64_t n = ++*tried;
        while (n > 1) {
            n = n % 2 == 0 ? n / 2 : 3 * n + 1;
        }
    }
    return 0;
}

int main(void)
{
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_group *group;
    uint64_t tried = 0;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (curfew_signals_early(NULL) != 0 || curfew_group_new(&stop, 1, &group) != 0 ||
        curfew_signals_bind(&stop) != 0 ||
        curfew_group_spawn(group, "collatz", collatz, &tried, 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    puts("ready");
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    /* The join orders the worker's last write before this read. */
    puts(tried > 0 ? "the worker tried some numbers" : "the worker was stopped before it began");
    curfew_group_free(group);
    return curfew_signals_exit_status(curfew_stop_reason(&stop), CURFEW_EXIT_ZERO);
}
