/* SPDX-License-Identifier: MIT
 *
 * A thread that has ended is detached, and its result read: detaching orders nothing.  The good one
 * waits for the semaphore first.
 */
#include "common.h"

#include <semaphore.h>

static int result;
static sem_t done;

static void *worker(void *unused)
{
    result = 42;
    OK(sem_post(&done));
    return unused;
}

int main(void)
{
    OK(sem_init(&done, 0, 0));
    pthread_t thread = thread_start(worker, NULL);
    (void)usleep(1000000); /* virtual: as a rule it has ended */
    OK(pthread_detach(thread));
#ifdef BAD
    int seen = result;
    OK(sem_wait(&done));
#else
    OK(sem_wait(&done));
    int seen = result;
#endif
    (void)usleep(1000000);
    printf("%d\n", seen);
    return 0;
}
