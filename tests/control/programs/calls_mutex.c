/* SPDX-License-Identifier: MIT
 *
 * Mutexes of every type: each result is the one that libc gives.
 */
#include "common.h"

static pthread_mutex_t robust;

static void *dies_with_it(void *unused)
{
    OK(pthread_mutex_lock(&robust));
    return unused;
}

static struct timespec soon(clockid_t clock)
{
    struct timespec time;
    OK(clock_gettime(clock, &time));
    time.tv_nsec += 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

static void *tries(void *argument)
{
    pthread_mutex_t *mutex = argument;
    struct timespec time = soon(CLOCK_REALTIME);
    MUST(pthread_mutex_trylock(mutex) == EBUSY);
    MUST(pthread_mutex_timedlock(mutex, &time) == ETIMEDOUT);
    time = soon(CLOCK_MONOTONIC);
    MUST(pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &time) == ETIMEDOUT);
    time.tv_nsec = -1;
    MUST(pthread_mutex_timedlock(mutex, &time) == EINVAL);
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;

    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE));
    OK(pthread_mutex_init(&mutex, &attributes));
    OK(pthread_mutex_lock(&mutex));
    OK(pthread_mutex_lock(&mutex));
    OK(pthread_mutex_trylock(&mutex));
    thread_join(thread_start(tries, &mutex));
    OK(pthread_mutex_unlock(&mutex));
    OK(pthread_mutex_unlock(&mutex));
    OK(pthread_mutex_unlock(&mutex));
    OK(pthread_mutex_destroy(&mutex));

    OK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK));
    OK(pthread_mutex_init(&mutex, &attributes));
    OK(pthread_mutex_lock(&mutex));
    MUST(pthread_mutex_lock(&mutex) == EDEADLK);
    thread_join(thread_start(tries, &mutex));
    OK(pthread_mutex_unlock(&mutex));
    OK(pthread_mutex_destroy(&mutex));

    OK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_NORMAL));
    OK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    OK(pthread_mutex_init(&robust, &attributes));
    pthread_t thread = thread_start(dies_with_it, NULL);
    while (true) {
        int error = pthread_mutex_lock(&robust);
        if (error == EOWNERDEAD) {
            break;
        }
        OK(error);
        OK(pthread_mutex_unlock(&robust));
    }
    OK(pthread_mutex_consistent(&robust));
    OK(pthread_mutex_unlock(&robust));
    thread_join(thread);
    OK(pthread_mutex_destroy(&robust));
    return 0;
}
