/* SPDX-License-Identifier: MIT
 *
 * Two threads take two mutexes, in opposite orders when BAD.
 */
#include "common.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;

static void both(pthread_mutex_t *one, pthread_mutex_t *other)
{
    OK(pthread_mutex_lock(one));
    OK(pthread_mutex_lock(other));
    OK(pthread_mutex_unlock(other));
    OK(pthread_mutex_unlock(one));
}

static void *forward(void *unused)
{
    both(&first, &second);
    return unused;
}

static void *backward(void *unused)
{
#ifdef BAD
    both(&second, &first);
#else
    both(&first, &second);
#endif
    return unused;
}

int main(void)
{
    pthread_t one = thread_start(forward, NULL);
    pthread_t other = thread_start(backward, NULL);
    thread_join(one);
    thread_join(other);
    return 0;
}
