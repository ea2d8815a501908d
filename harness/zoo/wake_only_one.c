/* SPDX-License-Identifier: MIT
 *
 * wake_only_one.c -- class 1, lost stop wake-up: earns `hang`, signals: none.
 * Report: bshoshany/thread-pool#93.  The pool's destructor wakes one worker where all of them must
 * see the stop, and one is left waiting while it is joined.  Good: broadcast.
 */
#include "zoo.h"

#define WORKERS 3

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t available = PTHREAD_COND_INITIALIZER;
static bool running = true; /* guarded by mutex */

static void *worker(void *unused)
{
    lock(&mutex);
    while (running) {
        OK(pthread_cond_wait(&available, &mutex));
    }
    unlock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t threads[WORKERS];
    for (int at = 0; at < WORKERS; at++) {
        threads[at] = thread_start(worker, NULL);
    }
    lock(&mutex);
    running = false;
#ifdef BAD
    OK(pthread_cond_signal(&available));
#else
    OK(pthread_cond_broadcast(&available));
#endif
    unlock(&mutex);
    for (int at = 0; at < WORKERS; at++) {
        thread_join(threads[at]);
    }
    return 0;
}
