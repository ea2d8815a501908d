/* SPDX-License-Identifier: MIT
 *
 * start_two_joiners.c -- class 6, stop races stop: earns `misuse`, signals: none.
 * Report: netdata#21421.  Two threads stop the same collector at once and both join it.  Good: who
 * takes the handle under the mutex joins.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t collector;
static bool joinable; /* guarded by mutex */

static void *collect(void *unused)
{
    return unused;
}

static void *stop_collector(void *unused)
{
#ifdef BAD
    lock(&mutex);
    bool mine = joinable;
    unlock(&mutex);
    if (mine) {
        (void)pthread_join(collector, NULL);
        lock(&mutex);
        joinable = false;
        unlock(&mutex);
    }
#else
    lock(&mutex);
    bool mine = joinable;
    joinable = false;
    unlock(&mutex);
    if (mine) {
        thread_join(collector);
    }
#endif
    return unused;
}

int main(void)
{
    collector = thread_start(collect, NULL);
    joinable = true;
    pthread_t other = thread_start(stop_collector, NULL);
    (void)stop_collector(NULL);
    thread_join(other);
    return 0;
}
