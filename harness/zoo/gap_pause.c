/* SPDX-License-Identifier: MIT
 *
 * gap_pause.c -- class 2, gap between check and block: earns `hang`, signals: TERM.
 * Report: radvd#12, procServ#7.  The flag is looked at, then the signal comes, then pause() waits
 * for another one. Good: sigsuspend lets it in and waits in one step.
 */
#include "zoo.h"

static volatile sig_atomic_t stopping;

static void on_term(int signo)
{
    stopping = signo;
}

int main(void)
{
#ifdef BAD
    handle(SIGTERM, on_term);
    while (stopping == 0) {
        (void)pause();
    }
#else
    sigset_t before;
    OK(pthread_sigmask(SIG_BLOCK, NULL, &before));
    block(SIGTERM);
    handle(SIGTERM, on_term);
    while (stopping == 0) {
        (void)sigsuspend(&before);
    }
#endif
    return 0;
}
