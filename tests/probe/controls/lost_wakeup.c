/* SPDX-License-Identifier: MIT
 *
 * lost_wakeup.c -- a signal between the check of the flag and pause is lost.
 */
#include "control.h"

int main(void)
{
    catch_term(on_stop);
    say("ready\n");
    if (FIXED) {
        wait_for_stop();
    }
    while (!stop) {
        (void)pause();
    }
    return 0;
}
