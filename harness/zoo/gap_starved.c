/* SPDX-License-Identifier: MIT
 *
 * gap_starved.c -- class 2, starvation of signals: earns `livelock`, signals: TERM.
 * Report: cyrus-imapd#5309, ttyplot#132.  ppoll with a descriptor that is always ready returns
 * without running the handler, so under load nobody ever stops. Good: the loop looks at what is
 * pending.
 */
#include <poll.h>

#include "zoo.h"

static volatile sig_atomic_t stopping;

static void on_term(int signo)
{
    stopping = signo;
}

static bool stop_wanted(void)
{
#ifndef BAD
    sigset_t waiting;
    OK(sigpending(&waiting));
    if (sigismember(&waiting, SIGTERM) == 1) {
        return true;
    }
#endif
    return stopping != 0;
}

int main(void)
{
    int busy[2];
    sigset_t before;
    OK(pipe(busy));
    MUST(write(busy[1], "x", 1) == 1); /* a client that always wants something */
    OK(pthread_sigmask(SIG_BLOCK, NULL, &before));
    block(SIGTERM);
    handle(SIGTERM, on_term);
    struct pollfd pollfd = { .fd = busy[0], .events = POLLIN };
    while (!stop_wanted()) {
        (void)ppoll(&pollfd, 1, NULL, &before);
    }
    OK(close(busy[0]));
    OK(close(busy[1]));
    return 0;
}
