/* SPDX-License-Identifier: MIT
 *
 * start_overwrites_stop.c -- class 6, stop races start: earns `hang`, signals: none.
 * Report: 4diac-forte#274.  The new thread says that it is alive after stop() has said that it
 * must not be, and is joined for ever.  Good: who starts it says so before.
 */
#include <semaphore.h>

#include "zoo.h"

static atomic_bool alive;
static sem_t work;

static void *worker(void *unused)
{
#ifdef BAD
    alive = true;
#endif
    while (alive) {
        OK(sem_wait(&work));
    }
    return unused;
}

int main(void)
{
    OK(sem_init(&work, 0, 0));
#ifndef BAD
    alive = true;
#endif
    pthread_t thread = thread_start(worker, NULL);
    alive = false;
    OK(sem_post(&work));
    thread_join(thread);
    OK(sem_destroy(&work));
    return 0;
}
