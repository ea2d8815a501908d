/* SPDX-License-Identifier: MIT
 *
 * sigwait.c -- all threads block the signal and one waits for it: right, and not to be blamed, though
 * main never takes it.  The bad twin waits for another signal.
 */
#include <pthread.h>

#include "control.h"

static sigset_t term;

static void *waiter(void *unused)
{
    int signo = 0;
    (void)unused;
    (void)sigwait(&term, &signo);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    sigset_t awaited;
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &term, NULL);
    awaited = term;
    if (pthread_create(&thread, NULL, waiter, NULL) != 0) {
        return 2;
    }
    say("ready\n");
    if (!FIXED) {
        /* A second waiter eats the signal if it comes here. */
        struct timespec soon = { .tv_nsec = 50000000 };
        (void)sigtimedwait(&awaited, NULL, &soon);
    }
    (void)pthread_join(thread, NULL);
    return 0;
}
