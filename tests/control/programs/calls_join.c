/* SPDX-License-Identifier: MIT
 *
 * Joins that try and wait with time; detached threads; pthread_exit from a thread and from main.
 */
#include "common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool go;
static int detached_done;

static void *waits(void *unused)
{
    OK(pthread_mutex_lock(&lock));
    while (!go) {
        OK(pthread_cond_wait(&changed, &lock));
    }
    OK(pthread_mutex_unlock(&lock));
    pthread_exit(unused);
}

static void *detached(void *unused)
{
    OK(pthread_mutex_lock(&lock));
    detached_done++;
    OK(pthread_cond_broadcast(&changed));
    OK(pthread_mutex_unlock(&lock));
    return unused;
}

static void *last(void *main_thread)
{
    OK(pthread_join(*(pthread_t *)main_thread, NULL));
    return NULL;
}

int main(void)
{
    static pthread_t main_thread;
    struct timespec time;
    pthread_attr_t attributes;
    pthread_t thread = thread_start(waits, NULL);
    MUST(pthread_tryjoin_np(thread, NULL) == EBUSY);
    OK(clock_gettime(CLOCK_REALTIME, &time));
    time.tv_nsec = time.tv_nsec < 990000000 ? time.tv_nsec + 5000000 : 999999999;
    MUST(pthread_timedjoin_np(thread, NULL, &time) == ETIMEDOUT);
    OK(pthread_mutex_lock(&lock));
    go = true;
    OK(pthread_cond_broadcast(&changed));
    OK(pthread_mutex_unlock(&lock));
    OK(clock_gettime(CLOCK_MONOTONIC, &time));
    time.tv_sec += 1000;
    int error = pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &time);
    MUST(error == 0 || error == ETIMEDOUT); /* virtual time may win */
    if (error != 0) {
        thread_join(thread);
    }

    OK(pthread_attr_init(&attributes));
    OK(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
    OK(pthread_create(&thread, &attributes, detached, NULL));
    thread = thread_start(detached, NULL);
    OK(pthread_detach(thread));
    OK(pthread_mutex_lock(&lock));
    while (detached_done < 2) {
        OK(pthread_cond_wait(&changed, &lock));
    }
    OK(pthread_mutex_unlock(&lock));

    main_thread = pthread_self();
    (void)thread_start(last, &main_thread);
    pthread_exit(NULL);
}
