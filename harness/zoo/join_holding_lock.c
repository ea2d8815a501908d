/* SPDX-License-Identifier: MIT
 *
 * join_holding_lock.c -- class 8, join deadlock: earns `hang`, signals: none.
 * Report: Yuzu#2349, CppMicroServices#210.  The stop joins a worker with the registry locked, and
 * the worker needs the registry to leave.  Good: it joins behind the unlock.
 */
#include "zoo.h"

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static int registered = 1; /* guarded by registry */

static void *worker(void *unused)
{
    lock(&registry);
    registered--;
    unlock(&registry);
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    lock(&registry);
#ifdef BAD
    thread_join(thread);
    unlock(&registry);
#else
    unlock(&registry);
    thread_join(thread);
#endif
    return registered;
}
