/* SPDX-License-Identifier: MIT
 *
 * wait_one_per_second.c -- class 9, mistimed wait: earns `late`, signals: TERM.
 * Report: C-Thread-Pool#135 (measured).  The pool wakes one of its workers each second until all
 * have gone. Good: all at once.
 */
#include <semaphore.h>

#include "zoo.h"

#define WORKERS 8

static sem_t jobs;
static atomic_bool alive = true;
static atomic_int left = WORKERS;

static void *worker(void *unused)
{
    while (alive) {
        OK(sem_wait(&jobs));
    }
    left--;
    return unused;
}

int main(void)
{
    pthread_t threads[WORKERS];
    OK(sem_init(&jobs, 0, 0));
    block(SIGTERM);
    for (int at = 0; at < WORKERS; at++) {
        threads[at] = thread_start(worker, NULL);
    }
    await(SIGTERM);
    alive = false;
#ifdef BAD
    while (left > 0) {
        OK(sem_post(&jobs));
        (void)sleep(1);
    }
#else
    for (int at = 0; at < WORKERS; at++) {
        OK(sem_post(&jobs));
    }
#endif
    for (int at = 0; at < WORKERS; at++) {
        thread_join(threads[at]);
    }
    OK(sem_destroy(&jobs));
    return 0;
}
