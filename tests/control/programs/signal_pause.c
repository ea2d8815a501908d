/* SPDX-License-Identifier: MIT
 *
 * The flag is looked at, then pause: a signal in between is handled too early to end the pause.
 */
#include "common.h"

#include <signal.h>

static volatile sig_atomic_t stop;

static void on_term(int signo)
{
    stop = signo;
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_term };
    OK(sigaction(SIGTERM, &action, NULL));
#ifdef BAD
    while (!stop) {
        (void)pause();
    }
#else
    sigset_t term;
    sigset_t old;
    OK(sigemptyset(&term));
    OK(sigaddset(&term, SIGTERM));
    OK(pthread_sigmask(SIG_BLOCK, &term, &old));
    while (!stop) {
        (void)sigsuspend(&old);
    }
#endif
    return 0;
}
