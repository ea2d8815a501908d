/* SPDX-License-Identifier: MIT
 *
 * join_forgotten_reference.c -- class 8, join deadlock: earns `hang`, signals: none.
 * Report: librdkafka#923, libzmq#2586.  Destroy waits until all references are given back; a
 * request that the stop cancels returns early and keeps its own.  Good: every way out gives it
 * back.
 */
#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int references; /* guarded by mutex */
static bool stopping;  /* guarded by mutex */

static void give_back(void)
{
    references--;
    OK(pthread_cond_broadcast(&changed));
}

static void *request(void *unused)
{
    lock(&mutex);
    if (stopping) {
#ifndef BAD
        give_back();
#endif
        unlock(&mutex);
        return unused;
    }
    give_back();
    unlock(&mutex);
    return unused;
}

int main(void)
{
    references = 1; /* the request's, taken for it */
    pthread_t thread = thread_start(request, NULL);
    lock(&mutex);
    stopping = true;
    while (references > 0) {
        OK(pthread_cond_wait(&changed, &mutex));
    }
    unlock(&mutex);
    thread_join(thread);
    return 0;
}
