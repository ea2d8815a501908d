/* SPDX-License-Identifier: MIT
 *
 * handler_prints.c -- class 3, async-signal-unsafe handler: earns `unsafe`, signals: TERM.
 * Report: glewlwyd#103, redis#213.  The handler prints what it is doing, and so takes the lock of
 * stdout. Good: the loop prints.
 */
#include "zoo.h"

static volatile sig_atomic_t stopping;

static void on_term(int signo)
{
#ifdef BAD
    (void)printf("caught signal %d\n", signo);
#endif
    stopping = signo;
}

int main(void)
{
    handle(SIGTERM, on_term);
    while (stopping == 0) {
        (void)usleep(1000);
    }
#ifndef BAD
    (void)printf("caught signal %d\n", (int)stopping);
#endif
    return 0;
}
