/* SPDX-License-Identifier: MIT
 *
 * The link that must be removed at the end is made before the signal can be handled.
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
    struct sigaction before;
    sigset_t term;
    sigset_t old;
    OK(sigemptyset(&term));
    OK(sigaddset(&term, SIGTERM));
    OK(sigaction(SIGTERM, NULL,
                 &before)); /* resolves the symbol: that would make the window wider */
#ifndef BAD
    OK(sigaction(SIGTERM, &action, NULL));
#endif
    OK(symlink("1", "window.pid"));
#ifdef BAD
    OK(sigaction(SIGTERM, &action, NULL));
#endif
    OK(pthread_sigmask(SIG_BLOCK, &term, &old));
    while (!stop) {
        (void)sigsuspend(&old);
    }
    OK(unlink("window.pid"));
    return 0;
}
