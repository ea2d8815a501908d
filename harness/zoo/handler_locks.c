/* SPDX-License-Identifier: MIT
 *
 * handler_locks.c -- class 3, async-signal-unsafe handler: earns `unsafe`, signals: TERM.
 * Report: Mooncake#840, monero#4547.  The handler takes the mutex that the loop holds now and
 * then: deadlock with itself. Good: the handler only sets the flag.
 */
#include "zoo.h"

static volatile sig_atomic_t stopping;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int jobs; /* guarded by mutex */

static void on_term(int signo)
{
#ifdef BAD
    lock(&mutex);
    jobs = 0;
    unlock(&mutex);
#endif
    stopping = signo;
}

int main(void)
{
    handle(SIGTERM, on_term);
    while (stopping == 0) {
        lock(&mutex);
        jobs++;
        unlock(&mutex);
        (void)usleep(1000);
    }
#ifndef BAD
    lock(&mutex);
    jobs = 0;
    unlock(&mutex);
#endif
    return 0;
}
