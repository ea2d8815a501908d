/* SPDX-License-Identifier: MIT
 *
 * Two threads add to a plain variable; the good one locks.
 */
#include "common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counter;

static void *adder(void *unused)
{
#ifdef BAD
    counter++;
#else
    OK(pthread_mutex_lock(&lock));
    counter++;
    OK(pthread_mutex_unlock(&lock));
#endif
    return unused;
}

int main(void)
{
    pthread_t one = thread_start(adder, NULL);
    pthread_t other = thread_start(adder, NULL);
    thread_join(one);
    thread_join(other);
    (void)lock;
    return counter == 2 ? 0 : 1;
}
