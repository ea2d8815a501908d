/* SPDX-License-Identifier: MIT
 *
 * freed_mutex.c -- class 10, state freed under a live thread: earns `misuse`, signals: none.
 * Report: pbzip2-0.9.4, newsboat#1739.  Main joins only the writer and destroys the queue's mutex
 * while a reader holds it.  Good: joins both.
 */
#include "zoo.h"

static pthread_mutex_t queue_mutex;
static int taken; /* guarded by queue_mutex */

static void *side(void *unused)
{
    lock(&queue_mutex);
    taken++;
    unlock(&queue_mutex);
    return unused;
}

int main(void)
{
    OK(pthread_mutex_init(&queue_mutex, NULL));
    pthread_t reader = thread_start(side, NULL);
    pthread_t writer = thread_start(side, NULL);
    thread_join(writer);
#ifndef BAD
    thread_join(reader);
#endif
    (void)pthread_mutex_destroy(&queue_mutex);
#ifdef BAD
    thread_join(reader);
#endif
    return 0;
}
