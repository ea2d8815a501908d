/* SPDX-License-Identifier: MIT
 *
 * eintr_errno_changed.c -- class 15, EINTR and errno: earns `misuse`, signals: USR1.
 * Report: mps#10, util-linux#2779, signal-hook#191.  The handler makes a call that fails and
 * leaves its errno to the code that it interrupted. Good: it saves and restores errno.
 */
#include "zoo.h"

static volatile sig_atomic_t seen;

static void on_usr1(int signo)
{
#ifdef BAD
    (void)close(-1);
#else
    int saved = errno;
    (void)close(-1);
    errno = saved;
#endif
    seen = signo;
}

int main(void)
{
    handle(SIGUSR1, on_usr1);
    for (int round = 0; round < 3 && seen == 0; round++) {
        (void)usleep(1000);
    }
    return 0;
}
