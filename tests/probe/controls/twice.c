/* SPDX-License-Identifier: MIT
 *
 * twice.c -- the second signal cleans up what the first one has cleaned up.
 */
#include <stdlib.h>

#include "control.h"

static void *volatile memory;

static void on_term(int signo)
{
    (void)signo;
    void *mine = memory;
    if (FIXED) {
        memory = NULL;
    }
    free(mine);
    stop = 1;
}

int main(void)
{
    memory = malloc(4000);
    catch_term(on_term);
    say("ready\n");
    wait_for_stop();
    for (int i = 0; i < 8; i++) {
        say("stopping\n");
    }
    return 0;
}
