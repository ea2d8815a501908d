/* SPDX-License-Identifier: MIT
 *
 * eintr_is_fatal.c -- class 15, EINTR and errno: earns `status`, signals: HUP.
 * Report: keepalived#1947, medooze#388.  A read that a reload interrupts is taken for a broken
 * connection, and the daemon gives up. Good: EINTR repeats the read.
 */
#include "zoo.h"

static int commands[2];

static void on_hup(int signo)
{
    (void)signo; /* reloads later */
}

static void *client(void *unused)
{
    MUST(write(commands[1], "q", 1) == 1);
    return unused;
}

int main(void)
{
    char command = 0;
    ssize_t size;
    OK(pipe(commands));
    handle(SIGHUP, on_hup);
    pthread_t thread = thread_start(client, NULL);
    do {
        size = read(commands[0], &command, 1);
#ifdef BAD
    } while (false);
#else
    } while (size < 0 && errno == EINTR);
#endif
    thread_join(thread);
    OK(close(commands[0]));
    OK(close(commands[1]));
    return size == 1 && command == 'q' ? 0 : 1;
}
