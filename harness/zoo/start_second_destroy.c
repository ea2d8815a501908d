/* SPDX-License-Identifier: MIT
 *
 * start_second_destroy.c -- class 6, stop races stop: earns `hang`, signals: none.
 * Report: mbrossard/threadpool (measured).  A second, concurrent destroy returns its error with
 * the mutex locked, and the first one waits for it for ever.  Good: it unlocks before it returns.
 */
#include <semaphore.h>

#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool shutdown_begun; /* guarded by mutex */
static pthread_t worker;
static sem_t tried;
static sem_t over;

static void *work(void *unused)
{
    lock(&mutex);
    while (!shutdown_begun) {
        OK(pthread_cond_wait(&changed, &mutex));
    }
    unlock(&mutex);
    return unused;
}

static int pool_destroy(void)
{
    lock(&mutex);
    if (shutdown_begun) {
#ifndef BAD
        unlock(&mutex);
#endif
        return -1;
    }
    shutdown_begun = true;
    OK(pthread_cond_broadcast(&changed));
    unlock(&mutex);
    thread_join(worker);
    lock(&mutex); /* nobody may be inside when it goes */
    unlock(&mutex);
    return 0;
}

/* Another part of the program, which goes on with its own work until all is over. */
static void *destroyer(void *unused)
{
    (void)pool_destroy();
    OK(sem_post(&tried));
    OK(sem_wait(&over));
    return unused;
}

int main(void)
{
    OK(sem_init(&tried, 0, 0));
    OK(sem_init(&over, 0, 0));
    worker = thread_start(work, NULL);
    pthread_t other = thread_start(destroyer, NULL);
    (void)pool_destroy();
    OK(sem_wait(&tried));
    lock(&mutex); /* what is left of the pool is counted */
    unlock(&mutex);
    OK(sem_post(&over));
    thread_join(other);
    OK(sem_destroy(&tried));
    OK(sem_destroy(&over));
    return 0;
}
