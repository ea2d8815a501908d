/* SPDX-License-Identifier: MIT
 *
 * orphan.c -- ends its child only once it has noted that there is one.
 */
#include <sys/wait.h>

#include "control.h"

static volatile sig_atomic_t has_child;

int main(void)
{
    catch_term(on_stop);
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGTERM, SIG_DFL);
        for (;;) {
            (void)pause();
        }
    }
    has_child = FIXED;
    say("starting\n");
    if (!stop) {
        has_child = 1;
        say("ready\n");
        wait_for_stop();
    }
    if (has_child) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
    }
    return 0;
}
