/* SPDX-License-Identifier: MIT
 *
 * second_hup_wins.c -- class 7, competing signals: earns `hang`, signals: TERM,HUP.
 * Report: conky#233.  One variable holds the last signal: a HUP that follows a TERM makes a reload
 * of the stop. Good: one flag for each.
 */
#include "zoo.h"

#ifdef BAD
static volatile sig_atomic_t pending;
#else
static volatile sig_atomic_t stop_pending;
static volatile sig_atomic_t reload_pending;
#endif

static void on_signal(int signo)
{
#ifdef BAD
    pending = signo;
#else
    if (signo == SIGTERM) {
        stop_pending = 1;
    } else {
        reload_pending = 1;
    }
#endif
}

static bool stop_wanted(void)
{
#ifdef BAD
    int taken = pending;
    if (taken == SIGHUP) {
        pending = 0;
    }
    return taken == SIGTERM;
#else
    reload_pending = 0;
    return stop_pending != 0;
#endif
}

int main(void)
{
    sigset_t before;
    OK(pthread_sigmask(SIG_BLOCK, NULL, &before));
    block(SIGTERM);
    block(SIGHUP);
    handle(SIGTERM, on_signal);
    handle(SIGHUP, on_signal);
    while (!stop_wanted()) {
        (void)sigsuspend(&before);
    }
    return 0;
}
