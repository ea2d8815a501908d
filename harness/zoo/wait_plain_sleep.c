/* SPDX-License-Identifier: MIT
 *
 * wait_plain_sleep.c -- class 9, unbounded wait: earns `late`, signals: TERM.
 * Report: dist-clang#58, rest_rpc#4.  The worker sleeps for ten minutes at a time, and looks at
 * the flag in between. Good: a timed wait that the stop ends.
 */
#include <time.h>

#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool stopping; /* guarded by mutex */

static bool pause_for(time_t seconds)
{
#ifdef BAD
    (void)sleep((unsigned)seconds);
    lock(&mutex);
#else
    struct timespec deadline;
    OK(clock_gettime(CLOCK_REALTIME, &deadline));
    deadline.tv_sec += seconds;
    lock(&mutex);
    while (!stopping && pthread_cond_timedwait(&changed, &mutex, &deadline) == 0) {
    }
#endif
    bool stop = stopping;
    unlock(&mutex);
    return stop;
}

static void *worker(void *unused)
{
    while (!pause_for(600)) {
    }
    return unused;
}

int main(void)
{
    block(SIGTERM);
    pthread_t thread = thread_start(worker, NULL);
    await(SIGTERM);
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_broadcast(&changed));
    unlock(&mutex);
    thread_join(thread);
    return 0;
}
