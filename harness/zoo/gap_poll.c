/* SPDX-License-Identifier: MIT
 *
 * gap_poll.c -- class 2, gap between check and block: earns `hang`, signals: TERM.
 * Report: Stroika#1165, haproxy#1841.  The poller is to be woken by EINTR alone; a signal between
 * the check and poll() is lost for it. Good: ppoll with the mask.
 */
#include <poll.h>

#include "zoo.h"

static volatile sig_atomic_t stopping;

static void on_term(int signo)
{
    stopping = signo;
}

int main(void)
{
    int idle[2];
    sigset_t before;
    OK(pipe(idle));
    OK(pthread_sigmask(SIG_BLOCK, NULL, &before));
    block(SIGTERM);
    handle(SIGTERM, on_term);
    struct pollfd pollfd = { .fd = idle[0], .events = POLLIN };
#ifdef BAD
    OK(pthread_sigmask(SIG_SETMASK, &before, NULL));
#endif
    while (stopping == 0) {
#ifdef BAD
        (void)poll(&pollfd, 1, -1);
#else
        (void)ppoll(&pollfd, 1, NULL, &before);
#endif
    }
    OK(close(idle[0]));
    OK(close(idle[1]));
    return 0;
}
