/* SPDX-License-Identifier: MIT
 *
 * wake_flag_unlocked.c -- class 1, lost stop wake-up: earns `hang`, signals: none.
 * Report: hw-native-sys/simpler#2325, memcached#920.  The stop flag is set without the waiter's
 * mutex, between its look at the flag and its sleep.  Good: set under the mutex.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static atomic_bool stopping;

static void *logger(void *unused)
{
    lock(&mutex);
    while (!stopping) {
        OK(pthread_cond_wait(&wanted, &mutex));
    }
    unlock(&mutex);
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(logger, NULL);
#ifdef BAD
    stopping = true;
    OK(pthread_cond_signal(&wanted));
#else
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_signal(&wanted));
    unlock(&mutex);
#endif
    thread_join(thread);
    return 0;
}
