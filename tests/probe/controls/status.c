/* SPDX-License-Identifier: MIT
 *
 * status.c -- reports a stop during the start as a failure.
 */
#include "control.h"

int main(void)
{
    catch_term(on_stop);
    say("starting\n");
    if (stop) {
        return FIXED ? 0 : 5;
    }
    say("ready\n");
    wait_for_stop();
    return 0;
}
