/* SPDX-License-Identifier: MIT
 *
 * timed.c -- dies if the handler runs while it computes, where there is no system call to aim at.
 */
#include <stdlib.h>

#include "control.h"

static volatile int consistent = 1;

static void on_term(int signo)
{
    (void)signo;
    if (!consistent && !FIXED) {
        abort();
    }
    stop = 1;
}

int main(void)
{
    struct timespec begin, now;
    catch_term(on_term);
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    consistent = 0;
    do {
        (void)clock_gettime(CLOCK_MONOTONIC, &now); /* by the vDSO */
    } while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < 100);
    consistent = 1;
    say("ready\n");
    wait_for_stop();
    return 0;
}
