/* SPDX-License-Identifier: MIT
 *
 * flag_plain.c -- class 20, unsynchronised stop flag: earns `race`, signals: none, flavour tsan.
 * Report: civetweb#861, libplctag#651.  The stop flag is a plain int.  Good: atomic.
 */
#include <sched.h>

#include "zoo.h"

#ifdef BAD
static int stopping;
#else
static atomic_int stopping;
#endif

static void *worker(void *unused)
{
    while (stopping == 0) {
        (void)sched_yield();
    }
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    stopping = 1;
    thread_join(thread);
    return 0;
}
