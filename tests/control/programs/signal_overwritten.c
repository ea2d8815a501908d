/* SPDX-License-Identifier: MIT
 *
 * One variable remembers the last signal: a HUP right behind a TERM makes the program forget that
 * it was to stop.
 */
#include "common.h"

#include <signal.h>

#ifdef BAD
static volatile sig_atomic_t last;
#else
static volatile sig_atomic_t seen[NSIG];
#endif

static void on_signal(int signo)
{
#ifdef BAD
    last = signo;
#else
    seen[signo] = 1;
#endif
}

/* Returns true when it is to stop. */
static bool look(void)
{
#ifdef BAD
    int signo = last;
    last = 0;
    return signo == SIGTERM;
#else
    seen[SIGHUP] = 0;
    return seen[SIGTERM] != 0;
#endif
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t both;
    sigset_t old;
    OK(sigemptyset(&both));
    OK(sigaddset(&both, SIGTERM));
    OK(sigaddset(&both, SIGHUP));
    OK(pthread_sigmask(SIG_BLOCK, &both, &old));
    OK(sigaction(SIGTERM, &action, NULL));
    OK(sigaction(SIGHUP, &action, NULL));
    while (!look()) {
        (void)sigsuspend(&old);
    }
    return 0;
}
