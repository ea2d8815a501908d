/* SPDX-License-Identifier: MIT
 *
 * start_clears_stop.c -- class 6, stop races start: earns `hang`, signals: none.
 * Report: LMCache#5281.  Stop gives up waiting after a second, start clears the stop flag for a
 * new worker, and the old one, slow to look, lives on.  Good: each worker has a flag of its own.
 */
#include <time.h>

#include "zoo.h"

struct worker {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool *stop; /* guarded by mutex */
    bool ended; /* guarded by mutex */
};

static bool shared_flag;
#ifndef BAD
static bool own_flags[2];
#endif

static struct worker workers[2] = {
    { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, false },
    { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, false },
};
static pthread_mutex_t flag_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t flag_changed = PTHREAD_COND_INITIALIZER;

static void *work(void *arg)
{
    struct worker *self = arg;
    lock(&flag_mutex);
    while (!*self->stop) {
        OK(pthread_cond_wait(&flag_changed, &flag_mutex));
    }
    unlock(&flag_mutex);
    lock(&self->mutex);
    self->ended = true;
    OK(pthread_cond_broadcast(&self->changed));
    unlock(&self->mutex);
    return NULL;
}

static pthread_t start(int number)
{
#ifdef BAD
    workers[number].stop = &shared_flag;
#else
    workers[number].stop = &own_flags[number];
#endif
    lock(&flag_mutex);
    *workers[number].stop = false;
    unlock(&flag_mutex);
    return thread_start(work, &workers[number]);
}

/* Waits a second at most. */
static void stop(struct worker *worker)
{
    struct timespec deadline;
    OK(clock_gettime(CLOCK_REALTIME, &deadline));
    deadline.tv_sec++;
    lock(&flag_mutex);
    *worker->stop = true;
    OK(pthread_cond_broadcast(&flag_changed));
    unlock(&flag_mutex);
    lock(&worker->mutex);
    while (!worker->ended &&
           pthread_cond_timedwait(&worker->changed, &worker->mutex, &deadline) == 0) {
    }
    unlock(&worker->mutex);
}

int main(void)
{
    (void)shared_flag;
    pthread_t first = start(0);
    stop(&workers[0]);
    pthread_t second = start(1);
    thread_join(first);
    stop(&workers[1]);
    thread_join(second);
    return 0;
}
