/* SPDX-License-Identifier: MIT
 *
 * loop_hang.c -- rounds that stop a thread; BAD: the flag is set without the mutex, so now and then
 * the wake-up is lost and the round hangs.
 */
#include <curfew/loop.h>
#include <stdatomic.h>

#include "common.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stopped = PTHREAD_COND_INITIALIZER;
static atomic_bool stop;

static void *work(void *unused)
{
    OK(pthread_mutex_lock(&mutex));
    while (!stop) {
        OK(pthread_cond_wait(&stopped, &mutex));
    }
    OK(pthread_mutex_unlock(&mutex));
    return unused;
}

int main(void)
{
    CURFEW_LOOP(1)
    {
        stop = false;
        pthread_t thread = thread_start(work, NULL);
#ifndef BAD
        OK(pthread_mutex_lock(&mutex));
#endif
        stop = true;
        OK(pthread_cond_signal(&stopped));
#ifndef BAD
        OK(pthread_mutex_unlock(&mutex));
#endif
        thread_join(thread);
    }
    return 0;
}
