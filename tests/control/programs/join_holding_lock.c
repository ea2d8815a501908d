/* SPDX-License-Identifier: MIT
 *
 * Main joins while it holds the mutex that the thread needs.
 */
#include "common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *unused)
{
    OK(pthread_mutex_lock(&lock));
    OK(pthread_mutex_unlock(&lock));
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    OK(pthread_mutex_lock(&lock));
#ifdef BAD
    thread_join(thread);
    OK(pthread_mutex_unlock(&lock));
#else
    OK(pthread_mutex_unlock(&lock));
    thread_join(thread);
#endif
    return 0;
}
