/* SPDX-License-Identifier: MIT
 *
 * fork_open_descriptor.c -- class 17, inheritance over fork and exec: earns `inherit`, signals:
 * none.
 * Report: libfabric#12671, poco#3398.  The child gets the listening socket of the daemon, whose
 * port then stays taken after the daemon has gone. Good: O_CLOEXEC.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include "zoo.h"

int main(void)
{
#ifdef BAD
    int type = SOCK_STREAM;
#else
    int type = SOCK_STREAM | SOCK_CLOEXEC;
#endif
    int listener = socket(AF_UNIX, type, 0);
    MUST(listener >= 0);
    pid_t child = fork();
    if (child == 0) {
        (void)execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    MUST(waitpid(child, &status, 0) == child);
    OK(close(listener));
    return status == 0 ? 0 : 1;
}
