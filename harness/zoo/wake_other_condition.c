/* SPDX-License-Identifier: MIT
 *
 * wake_other_condition.c -- class 1, lost stop wake-up: earns `hang`, signals: none.
 * Report: JustVugg/colibri#1340.  A producer waits for room and a consumer for items; the stop
 * wakes only who waits for items.  Good: it wakes both.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t taken = PTHREAD_COND_INITIALIZER;
static int items;     /* guarded by mutex; room for one */
static bool stopping; /* guarded by mutex */

static void *producer(void *unused)
{
    lock(&mutex);
    while (!stopping) {
        while (items == 1 && !stopping) {
            OK(pthread_cond_wait(&taken, &mutex));
        }
        items = 1;
        OK(pthread_cond_signal(&filled));
    }
    unlock(&mutex);
    return unused;
}

static void *consumer(void *unused)
{
    lock(&mutex);
    while (items == 0 && !stopping) {
        OK(pthread_cond_wait(&filled, &mutex));
    }
    items = 0;
    OK(pthread_cond_signal(&taken));
    unlock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t threads[] = { thread_start(producer, NULL), thread_start(consumer, NULL) };
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_broadcast(&filled));
#ifndef BAD
    OK(pthread_cond_broadcast(&taken));
#endif
    unlock(&mutex);
    thread_join(threads[0]);
    thread_join(threads[1]);
    return 0;
}
