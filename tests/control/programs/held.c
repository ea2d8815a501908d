/* SPDX-License-Identifier: MIT
 *
 * A thread ends with a mutex that nobody needs any more when BAD.
 */
#include "common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *unused)
{
    OK(pthread_mutex_lock(&lock));
#ifndef BAD
    OK(pthread_mutex_unlock(&lock));
#endif
    return unused;
}

int main(void)
{
    thread_join(thread_start(worker, NULL));
    return 0;
}
