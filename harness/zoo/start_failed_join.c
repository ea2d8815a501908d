/* SPDX-License-Identifier: MIT
 *
 * start_failed_join.c -- class 6, partial start: earns `misuse`, signals: none.
 * Report: openpmix#4181.  The second of two threads could not be started; the teardown joins it
 * nevertheless, by a handle that was never filled in.  Good: it joins who was started.
 */
#include "zoo.h"

static void *worker(void *unused)
{
    return unused;
}

/* A stack as large as the address space: there is no memory for it anywhere. */
static int start_hopeless(pthread_t *thread)
{
    pthread_attr_t attributes;
    OK(pthread_attr_init(&attributes));
    OK(pthread_attr_setstacksize(&attributes, (size_t)1 << 47));
    int error = pthread_create(thread, &attributes, worker, NULL);
    OK(pthread_attr_destroy(&attributes));
    return error;
}

int main(void)
{
    pthread_t threads[2] = { 0 };
    bool started[2];
    threads[0] = thread_start(worker, NULL);
    started[0] = true;
    started[1] = start_hopeless(&threads[1]) == 0;
    MUST(!started[1]);
    for (int at = 0; at < 2; at++) {
#ifndef BAD
        if (!started[at]) {
            continue;
        }
#endif
        (void)pthread_join(threads[at], NULL);
    }
    return 0;
}
