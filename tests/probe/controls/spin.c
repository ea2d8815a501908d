/* SPDX-License-Identifier: MIT
 *
 * spin.c -- waits for a flag that nobody sets any more.
 */
#include "control.h"

static volatile int flushed;

int main(void)
{
    catch_term(on_stop);
    say("starting\n");
    if (stop && !FIXED) {
        while (!flushed) {
        }
    }
    say("ready\n");
    wait_for_stop();
    return 0;
}
