/* SPDX-License-Identifier: MIT
 *
 * order_connection_first.c -- class 12, teardown order: earns `crash`, signals: none.
 * Report: domoticz#2681.  The connection is closed before the worker that writes to it has
 * stopped: SIGPIPE.  Good: the worker is stopped first.
 */
#include <sys/socket.h>

#include "zoo.h"

static int connection[2];

static void *worker(void *unused)
{
    (void)write(connection[0], "measurement", 11);
    return unused;
}

int main(void)
{
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, connection));
    pthread_t thread = thread_start(worker, NULL);
#ifdef BAD
    OK(close(connection[1]));
    thread_join(thread);
#else
    thread_join(thread);
    OK(close(connection[1]));
#endif
    OK(close(connection[0]));
    return 0;
}
