/* SPDX-License-Identifier: MIT
 *
 * late.c -- a stop during the start is seen only after a sleep that nothing interrupts.
 */
#include "control.h"

int main(void)
{
    struct timespec tick = { .tv_nsec = 10000000 };
    catch_term(on_stop);
    say("starting\n");
    /* The tests' deadline is half a second, and late is within three. */
    for (int i = 0; i < 75 && stop && !FIXED; i++) {
        (void)nanosleep(&tick, NULL);
    }
    say("ready\n");
    wait_for_stop();
    return 0;
}
