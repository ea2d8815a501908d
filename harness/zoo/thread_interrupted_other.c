/* SPDX-License-Identifier: MIT
 *
 * thread_interrupted_other.c -- class 4, handler on the wrong thread: earns `hang`, signals: TERM.
 * Report: Mooncake#3271, openpbs#2376.  Main counts on EINTR to leave its wait, but the signal may
 * be handled by the worker, whose mask lets it in. Good: blocked before the worker is started, and
 * waited for.
 */
#include <semaphore.h>

#include "zoo.h"

static sem_t work;
static volatile sig_atomic_t stopping;

static void on_term(int signo)
{
    stopping = signo;
}

static void *worker(void *unused)
{
    while (sem_wait(&work) != 0) {
    }
    return unused;
}

int main(void)
{
    OK(sem_init(&work, 0, 0));
#ifdef BAD
    int never[2];
    char byte;
    pthread_t thread = thread_start(worker, NULL);
    OK(pipe(never));
    handle(SIGTERM, on_term);
    if (stopping == 0) {
        (void)read(never[0], &byte, 1); /* until the signal interrupts it */
    }
#else
    block(SIGTERM);
    pthread_t thread = thread_start(worker, NULL);
    (void)on_term;
    (void)stopping;
    await(SIGTERM);
#endif
    OK(sem_post(&work));
    thread_join(thread);
    OK(sem_destroy(&work));
    return 0;
}
