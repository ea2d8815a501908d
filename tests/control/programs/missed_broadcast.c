/* SPDX-License-Identifier: MIT
 *
 * Two waiters, one signal: a broadcast is needed.
 */
#include "common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool stop;

static void *waiter(void *unused)
{
    OK(pthread_mutex_lock(&lock));
    while (!stop) {
        OK(pthread_cond_wait(&changed, &lock));
    }
    OK(pthread_mutex_unlock(&lock));
    return unused;
}

int main(void)
{
    pthread_t one = thread_start(waiter, NULL);
    pthread_t other = thread_start(waiter, NULL);
    OK(pthread_mutex_lock(&lock));
    stop = true;
#ifdef BAD
    OK(pthread_cond_signal(&changed));
#else
    OK(pthread_cond_broadcast(&changed));
#endif
    OK(pthread_mutex_unlock(&lock));
    thread_join(one);
    thread_join(other);
    return 0;
}
