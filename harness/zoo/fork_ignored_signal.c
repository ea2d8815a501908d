/* SPDX-License-Identifier: MIT
 *
 * fork_ignored_signal.c -- class 17, inheritance over fork and exec: earns `inherit`, signals:
 * none.
 * Report: dramatiq#465, plan9port#6.  A daemon that ignores INT passes that on to its children,
 * which cannot be interrupted then. Good: the default is restored before exec.
 */
#include <sys/wait.h>

#include "zoo.h"

int main(void)
{
    (void)signal(SIGINT, SIG_IGN);
    pid_t child = fork();
    if (child == 0) {
#ifndef BAD
        (void)signal(SIGINT, SIG_DFL);
#endif
        (void)execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    MUST(waitpid(child, &status, 0) == child);
    return status == 0 ? 0 : 1;
}
