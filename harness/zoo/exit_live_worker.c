/* SPDX-License-Identifier: MIT
 *
 * exit_live_worker.c -- class 11, races with exit: earns `abandoned`, signals: none.
 * Report: objeck#879, libultraship#1114.  Main asks the worker to stop and returns without waiting
 * for it.  Good: it joins.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool stopping; /* guarded by mutex */

static void *worker(void *unused)
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
    pthread_t thread = thread_start(worker, NULL);
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_broadcast(&changed));
    unlock(&mutex);
#ifdef BAD
    (void)thread;
#else
    thread_join(thread);
#endif
    return 0;
}
