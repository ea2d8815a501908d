/* SPDX-License-Identifier: MIT
 *
 * wait_accept_spin.c -- class 9, mistimed wait: earns `livelock`, signals: none.
 * Report: gargoyle#21.  The stop shuts the non-blocking connection down; the loop takes "nothing
 * to read" for "try again", and spins.  Good: end of file ends it.
 */
#include <poll.h>
#include <sys/socket.h>

#include "zoo.h"

static int ends[2];

static void *server(void *unused)
{
    struct pollfd pollfd = { .fd = ends[0], .events = POLLIN };
    ssize_t size;
    do {
        char byte;
        MUST(poll(&pollfd, 1, -1) == 1);
        size = read(ends[0], &byte, 1);
#ifdef BAD
    } while (size <= 0); /* nothing to read: again */
#else
    } while (size < 0 && errno == EAGAIN);
#endif
    return unused;
}

int main(void)
{
    OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
    pthread_t thread = thread_start(server, NULL);
    OK(shutdown(ends[1], SHUT_RDWR));
    thread_join(thread);
    OK(close(ends[0]));
    OK(close(ends[1]));
    return 0;
}
