/* SPDX-License-Identifier: MIT
 *
 * join_before_wake.c -- class 8, join deadlock: earns `hang`, signals: none.
 * Report: syslog-ng#4829.  Shutdown waits for the worker; what wakes the worker comes after
 * Shutdown has returned.  Good: the other way round.
 */
#include <semaphore.h>

#include "zoo.h"

static sem_t work;

static void *worker(void *unused)
{
    OK(sem_wait(&work));
    return unused;
}

static void server_shutdown(pthread_t thread)
{
    thread_join(thread);
}

int main(void)
{
    OK(sem_init(&work, 0, 0));
    pthread_t thread = thread_start(worker, NULL);
#ifdef BAD
    server_shutdown(thread);
    OK(sem_post(&work));
#else
    OK(sem_post(&work));
    server_shutdown(thread);
#endif
    OK(sem_destroy(&work));
    return 0;
}
