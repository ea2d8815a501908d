/* SPDX-License-Identifier: MIT
 *
 * flag_volatile.c -- class 20, unsynchronised stop flag: earns `race`, signals: none, flavour
 * tsan.
 * Report: civetweb#1184, log4cxx#693.  volatile is taken for what makes a flag safe between
 * threads, and for the data that is behind it.  Good: atomic.
 */
#include "zoo.h"

#ifdef BAD
static volatile int stopping;
#else
static atomic_int stopping;
#endif
static int reason;

static void *worker(void *unused)
{
    while (stopping == 0) {
        (void)usleep(1000);
    }
    MUST(reason == 15);
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    reason = 15;
    stopping = 1;
    thread_join(thread);
    return 0;
}
