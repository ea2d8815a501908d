/* SPDX-License-Identifier: MIT
 *
 * A condition variable is destroyed while a thread waits on it, in some schedules, when BAD.
 */
#include "common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
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
    OK(pthread_cond_init(&changed, NULL));
    pthread_t thread = thread_start(waiter, NULL);
#ifdef BAD
    OK(pthread_cond_destroy(&changed));
    OK(pthread_cond_init(&changed, NULL));
#endif
    OK(pthread_mutex_lock(&lock));
    stop = true;
    OK(pthread_cond_broadcast(&changed));
    OK(pthread_mutex_unlock(&lock));
    thread_join(thread);
    OK(pthread_cond_destroy(&changed));
    return 0;
}
