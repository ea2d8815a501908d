/* SPDX-License-Identifier: MIT
 *
 * join_itself.c -- class 8, join deadlock: earns `misuse`, signals: none.
 * Report: libcoro#420, cpython#151482.  The pool's stop is called by the last job, on a worker of
 * the pool, and joins all workers.  Good: a worker only asks for the stop; main joins.
 */
#include <semaphore.h>

#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool stopping; /* guarded by mutex */
static pthread_t worker;
static pthread_t main_thread;
static sem_t stopped;

static void pool_stop(void)
{
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_broadcast(&changed));
    unlock(&mutex);
#ifdef BAD
    (void)pthread_join(worker, NULL);
#else
    if (pthread_equal(pthread_self(), main_thread)) {
        thread_join(worker);
    }
#endif
}

static void *work(void *unused)
{
    lock(&mutex); /* the handle is there */
    unlock(&mutex);
    pool_stop();
    OK(sem_post(&stopped));
    return unused;
}

int main(void)
{
    main_thread = pthread_self();
    OK(sem_init(&stopped, 0, 0));
    lock(&mutex);
    worker = thread_start(work, NULL);
    while (!stopping) {
        OK(pthread_cond_wait(&changed, &mutex));
    }
    unlock(&mutex);
    OK(sem_wait(&stopped));
#ifndef BAD
    pool_stop();
#endif
    OK(sem_destroy(&stopped));
    return 0;
}
