/* SPDX-License-Identifier: MIT
 *
 * freed_semaphore.c -- class 10, state freed under a live thread: earns `misuse`, signals: none.
 * Report: later#10, ltp#1097.  A semaphore on the stack of the starter is destroyed while the
 * started thread waits on it.  Good: it is destroyed once the thread has been joined.
 */
#include <semaphore.h>

#include "zoo.h"

static void *worker(void *arg)
{
    sem_t *go = arg;
    (void)sem_wait(go);
    return NULL;
}

int main(void)
{
    sem_t go;
    OK(sem_init(&go, 0, 0));
    pthread_t thread = thread_start(worker, &go);
#ifdef BAD
    (void)sem_destroy(&go);
    OK(sem_init(&go, 0, 0)); /* for the next worker */
#endif
    OK(sem_post(&go));
    thread_join(thread);
    OK(sem_destroy(&go));
    return 0;
}
