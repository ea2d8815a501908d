/* SPDX-License-Identifier: MIT
 *
 * fork_blocked_mask.c -- class 17, inheritance over fork and exec: earns `inherit`, signals: none.
 * Report: procServ#48, znc#1590, swayidle#113.  The child is started with the blocked mask of the
 * daemon, and will ignore every TERM. Good: it gets an empty one before exec.
 */
#include <sys/wait.h>

#include "zoo.h"

int main(void)
{
    block(SIGTERM);
    pid_t child = fork();
    if (child == 0) {
#ifndef BAD
        sigset_t none;
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
#endif
        (void)execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    MUST(waitpid(child, &status, 0) == child);
    return status == 0 ? 0 : 1;
}
