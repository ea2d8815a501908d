/* SPDX-License-Identifier: MIT
 *
 * wake_no_predicate.c -- class 1, lost stop wake-up: earns `hang`, signals: none.
 * Report: granian#900.  The worker waits on the condition without asking whether the stop has come
 * already.  Good: asks under the mutex.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stopped = PTHREAD_COND_INITIALIZER;
static bool stopping; /* guarded by mutex */

static void *worker(void *unused)
{
    lock(&mutex);
#ifdef BAD
    OK(pthread_cond_wait(&stopped, &mutex));
#else
    while (!stopping) {
        OK(pthread_cond_wait(&stopped, &mutex));
    }
#endif
    unlock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_broadcast(&stopped));
    unlock(&mutex);
    thread_join(thread);
    return 0;
}
