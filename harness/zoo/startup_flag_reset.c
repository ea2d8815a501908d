/* SPDX-License-Identifier: MIT
 *
 * startup_flag_reset.c -- class 5, startup window: earns `hang`, signals: TERM.
 * Report: iceoryx#1414.  The flag is initialised, by a late part of the start, after the handler
 * has been installed. Good: before.
 */
#include "zoo.h"

static volatile sig_atomic_t running = 1;

static void on_term(int signo)
{
    (void)signo;
    running = 0;
}

int main(void)
{
    sigset_t before;
    OK(pthread_sigmask(SIG_BLOCK, NULL, &before));
#ifdef BAD
    handle(SIGTERM, on_term);
    running = 1;
    block(SIGTERM);
#else
    running = 1;
    block(SIGTERM);
    handle(SIGTERM, on_term);
#endif
    while (running != 0) {
        (void)sigsuspend(&before);
    }
    return 0;
}
