/* SPDX-License-Identifier: MIT
 *
 * sigwait.c -- all threads block the signal and one waits for it: right, and not to be blamed,
 * though main never takes it.  There is no bad twin.
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
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &term, NULL);
    if (pthread_create(&thread, NULL, waiter, NULL) != 0) {
        return 2;
    }
    say("ready\n");
    (void)pthread_join(thread, NULL);
    return 0;
}
