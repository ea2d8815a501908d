/* SPDX-License-Identifier: MIT
 *
 * Condition variables: waits with time, signals, broadcasts; a bounded queue through them.
 */
#include "common.h"

#define ITEMS 6

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static int queued;
static int sum;

static void *producer(void *unused)
{
    for (int item = 0; item < ITEMS; item++) {
        OK(pthread_mutex_lock(&lock));
        while (queued == 2) {
            OK(pthread_cond_wait(&not_full, &lock));
        }
        queued++;
        OK(pthread_cond_signal(&not_empty));
        OK(pthread_mutex_unlock(&lock));
    }
    return unused;
}

static void *consumer(void *unused)
{
    for (int item = 0; item < ITEMS; item++) {
        OK(pthread_mutex_lock(&lock));
        while (queued == 0) {
            OK(pthread_cond_wait(&not_empty, &lock));
        }
        queued--;
        sum++;
        OK(pthread_cond_signal(&not_full));
        OK(pthread_mutex_unlock(&lock));
    }
    return unused;
}

static void timed(clockid_t clock)
{
    pthread_condattr_t attributes;
    pthread_cond_t cond;
    struct timespec time;
    struct timespec after;
    int error = 0;
    OK(pthread_condattr_init(&attributes));
    OK(pthread_condattr_setclock(&attributes, clock));
    OK(pthread_cond_init(&cond, &attributes));
    OK(clock_gettime(clock, &time));
    time.tv_sec += clock == CLOCK_REALTIME ? 0 : 0;
    time.tv_nsec += 5000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    OK(pthread_mutex_lock(&lock));
    while (error == 0) {
        error = pthread_cond_timedwait(&cond, &lock, &time);
    }
    MUST(error == ETIMEDOUT);
    error = 0;
    while (error == 0) {
        error = pthread_cond_clockwait(&cond, &lock, clock, &time);
    }
    MUST(error == ETIMEDOUT);
    OK(pthread_mutex_unlock(&lock));
    OK(clock_gettime(clock, &after));
    MUST(after.tv_sec > time.tv_sec ||
         (after.tv_sec == time.tv_sec && after.tv_nsec >= time.tv_nsec));
    OK(pthread_cond_destroy(&cond));
    OK(pthread_condattr_destroy(&attributes));
}

int main(void)
{
    pthread_t one = thread_start(producer, NULL);
    pthread_t other = thread_start(consumer, NULL);
    timed(CLOCK_REALTIME);
    timed(CLOCK_MONOTONIC);
    thread_join(one);
    thread_join(other);
    MUST(sum == ITEMS && queued == 0);
    return 0;
}
