/* SPDX-License-Identifier: MIT
 *
 * handler_signals_condition.c -- class 3, async-signal-unsafe handler: earns `unsafe`, signals:
 * TERM.
 * Report: nebulastream#1889.  The handler wakes main through a condition variable, whose inside
 * main may hold just then. Good: a semaphore, whose post a handler may call.
 */
#include "zoo.h"

static volatile sig_atomic_t stopping;

static pthread_cond_t unused_condition = PTHREAD_COND_INITIALIZER;

static void on_term(int signo)
{
#ifdef BAD
    (void)pthread_cond_signal(&unused_condition);
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
    (void)pthread_cond_signal(&unused_condition);
#endif
    return 0;
}
