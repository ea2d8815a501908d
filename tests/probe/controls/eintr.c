/* SPDX-License-Identifier: MIT
 *
 * eintr.c -- takes an interrupted call for a failed one.
 */
#include <errno.h>

#include "control.h"

int main(void)
{
    struct timespec settle = { .tv_nsec = 20000000 };
    catch_term(on_stop);
    while (nanosleep(&settle, &settle) != 0) {
        if (!FIXED || errno != EINTR) {
            say("cannot settle\n");
            return 9;
        }
    }
    say("ready\n");
    wait_for_stop();
    return 0;
}
