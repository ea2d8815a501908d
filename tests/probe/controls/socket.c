/* SPDX-License-Identifier: MIT
 *
 * socket.c -- a socket that is left by a sudden death makes the next start fail.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "control.h"

int main(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/tmp/control.socket" };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (FIXED) {
        (void)unlink(address.sun_path);
    }
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        say("cannot bind\n");
        return 4;
    }
    (void)listen(fd, 4);
    catch_term(on_stop); /* too late for a signal that comes while the socket is being made */
    say("ready\n");
    wait_for_stop();
    (void)unlink(address.sun_path);
    return 0;
}
