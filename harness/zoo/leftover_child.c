/* SPDX-License-Identifier: MIT
 *
 * leftover_child.c -- class 18, left-overs and orphans: earns `leftover`, signals: none.
 * Report: guacamole#617, keepalived#475.  The daemon ends without its helper process, which lives
 * on as an orphan. Good: it ends it and waits.
 */
#include <sys/wait.h>

#include "zoo.h"

int main(void)
{
    pid_t child = fork();
    if (child == 0) {
        for (;;) {
            (void)pause();
        }
    }
    MUST(child > 0);
#ifndef BAD
    OK(kill(child, SIGKILL));
    MUST(waitpid(child, NULL, 0) == child);
#endif
    return 0;
}
