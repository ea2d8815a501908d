/* SPDX-License-Identifier: MIT
 *
 * leftover_socket.c -- class 18, left-overs and orphans: earns `leftover`, signals: TERM.
 * Report: nginx/unit#643.  The socket is not unlinked at the stop, and the next start finds its
 * name taken. Good: it is.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "zoo.h"

int main(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "control.socket" };
    block(SIGTERM);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(listener >= 0);
    OK(bind(listener, (struct sockaddr *)&address, sizeof address));
    OK(listen(listener, 1));
    await(SIGTERM);
    OK(close(listener));
#ifndef BAD
    OK(unlink(address.sun_path));
#endif
    return 0;
}
