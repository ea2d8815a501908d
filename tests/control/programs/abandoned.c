/* SPDX-License-Identifier: MIT
 *
 * Main returns while a thread that nobody joins waits for ever, when BAD.
 */
#include "common.h"

#include <semaphore.h>

static sem_t go;

static void *worker(void *unused)
{
    OK(sem_wait(&go));
    return unused;
}

int main(void)
{
    OK(sem_init(&go, 0, 0));
    pthread_t thread = thread_start(worker, NULL);
#ifdef BAD
    OK(pthread_detach(thread));
#else
    OK(sem_post(&go));
    thread_join(thread);
#endif
    return 0;
}
