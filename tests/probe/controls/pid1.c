/* SPDX-License-Identifier: MIT
 *
 * pid1.c -- as PID 1 a signal without a handler is dropped: whoever works first and installs the
 * handler then loses it.
 */
#include "control.h"

int main(void)
{
    if (FIXED) {
        catch_term(on_stop);
    }
    say("starting\n");
    say("still starting\n");
    if (!FIXED) {
        catch_term(on_stop);
    }
    say("ready\n");
    wait_for_stop();
    return 0;
}
