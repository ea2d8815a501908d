/* SPDX-License-Identifier: MIT
 *
 * cancel_in_wait.c -- class 14, cancellation: earns `misuse`, signals: none.
 * Report: opencryptoki#515, vzlogger#122.  A wait for a condition that is cancelled has its mutex
 * again, and ends with it.  Good: a cleanup handler unlocks.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t event = PTHREAD_COND_INITIALIZER;

#ifndef BAD
static void release(void *held)
{
    unlock(held);
}
#endif

static void *event_thread(void *unused)
{
    lock(&mutex);
#ifndef BAD
    pthread_cleanup_push(release, &mutex);
#endif
    for (;;) {
        OK(pthread_cond_wait(&event, &mutex));
    }
#ifndef BAD
    pthread_cleanup_pop(1);
#endif
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(event_thread, NULL);
    OK(pthread_cancel(thread));
    thread_join(thread);
    lock(&mutex);
    unlock(&mutex);
    return 0;
}
