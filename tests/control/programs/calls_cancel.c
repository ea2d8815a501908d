/* SPDX-License-Identifier: MIT
 *
 * Cancellation: cleanup handlers and TSD destructors run, in order, at the right places.
 */
#include "common.h"

#include <semaphore.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_key_t key;
static sem_t empty;
static int cleaned;
static int destroyed;

static void destructor(void *value)
{
    OK(pthread_mutex_lock(&lock));
    MUST(value == &key);
    destroyed++;
    OK(pthread_mutex_unlock(&lock));
}

static void unlock(void *mutex)
{
    cleaned++;
    OK(pthread_mutex_unlock(mutex));
}

static void *waits_on_cond(void *unused)
{
    OK(pthread_setspecific(key, &key));
    OK(pthread_mutex_lock(&lock));
    pthread_cleanup_push(unlock, &lock);
    for (;;) {
        OK(pthread_cond_wait(&never, &lock));
    }
    pthread_cleanup_pop(1);
    return unused;
}

static void *waits_on_sem(void *unused)
{
    int old;
    OK(pthread_setspecific(key, &key));
    OK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
    MUST(old == PTHREAD_CANCEL_ENABLE);
    pthread_testcancel();
    OK(pthread_mutex_lock(&lock));
    OK(pthread_mutex_unlock(&lock));
    OK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old));
    MUST(old == PTHREAD_CANCEL_DISABLE);
    OK(sem_wait(&empty));
    MUST(false);
    return unused;
}

static void *sleeps(void *unused)
{
    OK(pthread_setspecific(key, &key));
    for (;;) {
        (void)sleep(1000);
    }
    return unused;
}

static void cancel(void *(*start)(void *))
{
    void *value = NULL;
    pthread_t thread = thread_start(start, NULL);
    OK(pthread_cancel(thread));
    OK(pthread_join(thread, &value));
    MUST(value == PTHREAD_CANCELED);
}

int main(void)
{
    OK(pthread_key_create(&key, destructor));
    OK(sem_init(&empty, 0, 0));
    cancel(waits_on_sem);
    MUST(destroyed <= 1);
    cancel(waits_on_cond);
    cancel(sleeps);
    OK(pthread_mutex_lock(&lock));
    OK(pthread_mutex_unlock(&lock));
    MUST(cleaned <= 1);
    OK(pthread_key_delete(key));
    return 0;
}
