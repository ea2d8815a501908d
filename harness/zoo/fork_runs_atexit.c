/* SPDX-License-Identifier: MIT
 *
 * fork_runs_atexit.c -- class 17, inheritance over fork and exec: earns `status`, signals: none.
 * Report: deadpixi/sam#130, libfabric#12671.  A child whose exec fails calls exit(), and runs the
 * handlers of its parent, which remove the socket of the parent. Good: _exit.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "zoo.h"

static void remove_socket(void)
{
    (void)unlink("control.socket");
}

int main(void)
{
    int fd = open("control.socket", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    OK(close(fd));
    OK(atexit(remove_socket));
    pid_t child = fork();
    if (child == 0) {
        (void)execl("./no-such-program", "none", (char *)NULL);
#ifdef BAD
        exit(127);
#else
        _exit(127);
#endif
    }
    int status = -1;
    MUST(waitpid(child, &status, 0) == child);
    return access("control.socket", F_OK) == 0 ? 0 : 1;
}
