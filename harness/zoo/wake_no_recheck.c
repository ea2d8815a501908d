/* SPDX-License-Identifier: MIT
 *
 * wake_no_recheck.c -- class 1, lost stop wake-up: earns `hang`, signals: none.
 * Report: ponyc#5037, wiredtiger#1673.  Woken for the stop, the thread finds nothing to do and
 * suspends again before it looks at the run flag.  Good: the flag is part of what it waits for.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int jobs = 1;        /* guarded by mutex */
static bool running = true; /* guarded by mutex */

static bool nothing_to_do(void)
{
#ifdef BAD
    return jobs == 0;
#else
    return jobs == 0 && running;
#endif
}

static void *scheduler(void *unused)
{
    lock(&mutex);
    while (running) {
        while (nothing_to_do()) {
            OK(pthread_cond_wait(&changed, &mutex));
        }
        jobs = 0;
        unlock(&mutex);
        lock(&mutex);
    }
    unlock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(scheduler, NULL);
    lock(&mutex);
    running = false;
    OK(pthread_cond_broadcast(&changed));
    unlock(&mutex);
    thread_join(thread);
    return 0;
}
