/* SPDX-License-Identifier: MIT
 *
 * flag_hoisted.c -- class 20, unsynchronised stop flag: earns `livelock`, signals: none.
 * Report: odp#986.  The compiler reads the plain flag once, before the loop, as it may: the worker
 * that has looked too early spins for ever.  Good: atomic.
 */
#include "zoo.h"

#ifdef BAD
static int stopping;
#else
static atomic_int stopping;
#endif

static atomic_bool paused;

static void *worker(void *unused)
{
    while (stopping == 0) {
        while (atomic_load_explicit(&paused, memory_order_relaxed)) { /* orders nothing */
        }
    }
    return unused;
}

int main(void)
{
    paused = true;
    pthread_t thread = thread_start(worker, NULL);
    paused = false;
    (void)usleep(1000); /* works */
    stopping = 1;
    thread_join(thread);
    return 0;
}
