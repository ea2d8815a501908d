/* SPDX-License-Identifier: MIT
 *
 * An exit handler frees what a thread still uses, when BAD; it stops and joins the thread first
 * otherwise.
 */
#include "common.h"

#include <semaphore.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int *table;
static bool stop;
static pthread_t thread;
static sem_t started;

static void *user(void *unused)
{
    OK(sem_post(&started)); /* natively, it is nearly always done before main has woken up */
    for (int round = 0; round < 3; round++) {
        OK(pthread_mutex_lock(&lock));
        bool stopped = stop;
        if (!stopped) {
            table[0]++;
        }
        OK(pthread_mutex_unlock(&lock));
        if (stopped) {
            break;
        }
    }
    return unused;
}

static void cleanup(void)
{
    OK(pthread_mutex_lock(&lock));
#ifndef BAD
    stop = true;
    OK(pthread_mutex_unlock(&lock));
    thread_join(thread);
    OK(pthread_mutex_lock(&lock));
#endif
    free(table);
    table = NULL;
    OK(pthread_mutex_unlock(&lock));
}

int main(void)
{
    table = calloc(16, sizeof table[0]);
    OK(atexit(cleanup));
    OK(sem_init(&started, 0, 0));
    thread = thread_start(user, NULL);
    OK(sem_wait(&started));
    return 0;
}
