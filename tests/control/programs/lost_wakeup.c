/* SPDX-License-Identifier: MIT
 *
 * A flag is set without the mutex and then signalled: the waiter may have looked before and sleep
 * after.
 */
#include "common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic bool stop;

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
    pthread_t thread = thread_start(waiter, NULL);
#ifdef BAD
    stop = true;
    OK(pthread_cond_signal(&changed));
#else
    OK(pthread_mutex_lock(&lock));
    stop = true;
    OK(pthread_cond_signal(&changed));
    OK(pthread_mutex_unlock(&lock));
#endif
    thread_join(thread);
    return 0;
}
