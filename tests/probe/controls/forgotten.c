/* SPDX-License-Identifier: MIT
 *
 * forgotten.c -- a stop that comes before the loop starts is erased: only a second one ends it.
 */
#include "control.h"

int main(void)
{
    catch_term(on_stop);
    say("starting\n");
    if (!FIXED) {
        stop = 0;
    }
    say("ready\n");
    wait_for_stop();
    return 0;
}
