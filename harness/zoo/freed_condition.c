/* SPDX-License-Identifier: MIT
 *
 * freed_condition.c -- class 10, state freed under a live thread: earns `misuse`, signals: none.
 * Report: PX4#20802, cquery#695.  The condition variable is destroyed as soon as the stop is set,
 * with a waiter still on it.  Good: behind the join.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static bool stopping; /* guarded by mutex */

static void *waiter(void *unused)
{
    lock(&mutex);
    while (!stopping) {
        OK(pthread_cond_wait(&changed, &mutex));
    }
    unlock(&mutex);
    return unused;
}

int main(void)
{
    OK(pthread_cond_init(&changed, NULL));
    pthread_t thread = thread_start(waiter, NULL);
#ifdef BAD
    (void)pthread_cond_destroy(&changed); /* "nothing can be waiting any more" */
    OK(pthread_cond_init(&changed, NULL));
#endif
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_broadcast(&changed));
    unlock(&mutex);
    thread_join(thread);
    (void)pthread_cond_destroy(&changed);
    return 0;
}
