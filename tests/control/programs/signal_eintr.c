/* SPDX-License-Identifier: MIT
 *
 * Whoever takes items from a semaphore does not look why sem_wait returned.
 */
#include "common.h"

#include <semaphore.h>
#include <signal.h>

#define ITEMS 3

static sem_t started;
static sem_t items;
static _Atomic int made;

static void on_usr1(int signo)
{
    (void)signo;
}

static void *maker(void *unused)
{
    sigset_t all;
    OK(sigfillset(&all));
    OK(pthread_sigmask(SIG_BLOCK, &all, NULL));
    OK(sem_post(&started)); /* so that the takers' wait is short, not that of a thread's start */
    for (int item = 0; item < ITEMS; item++) {
        made++;
        OK(sem_post(&items));
    }
    return unused;
}

static void take(sem_t *sem)
{
    while (sem_wait(sem) != 0) {
        MUST(errno == EINTR);
    }
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_usr1 };
    OK(sigaction(SIGUSR1, &action, NULL));
    bool wrong = false;
    OK(sem_init(&started, 0, 0));
    OK(sem_init(&items, 0, 0));
    pthread_t thread = thread_start(maker, NULL);
    take(&started);
    for (int taken = 1; taken <= ITEMS; taken++) {
#ifdef BAD
        (void)sem_wait(&items);
#else
        take(&items);
#endif
        wrong = wrong || taken > made;
    }
    thread_join(thread);
    return wrong ? 1 : 0;
}
