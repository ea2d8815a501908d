/* SPDX-License-Identifier: MIT
 *
 * One variable remembers the last signal: a HUP right behind a TERM makes the program forget that
 * it was to stop.
 */
#include "common.h"

#include <sched.h>
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
    OK(sigaction(SIGTERM, &action, NULL));
    OK(sigaction(SIGHUP, &action, NULL));
    while (!look()) {
        sched_yield(); /* asleep, it would take long to wake up, and the window would be wide */
    }
    return 0;
}
