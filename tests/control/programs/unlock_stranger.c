/* SPDX-License-Identifier: MIT
 *
 * A mutex is unlocked by a thread that does not hold it when BAD.
 */
#include "common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *unused)
{
#ifdef BAD
    (void)pthread_mutex_unlock(&lock);
#endif
    return unused;
}

int main(void)
{
    OK(pthread_mutex_lock(&lock));
    thread_join(thread_start(worker, NULL));
    OK(pthread_mutex_unlock(&lock));
    return 0;
}
