/* SPDX-License-Identifier: MIT
 *
 * eintr_owns_lock.c -- class 15, EINTR and errno: earns `status`, signals: USR1.
 * Report: vtrunkd#240.  sem_wait is interrupted, its result is not looked at, and two threads are
 * in the critical section. Good: EINTR repeats the wait.
 */
#include <semaphore.h>

#include "zoo.h"

static sem_t token;
static atomic_int inside;
static atomic_bool violated;

static void on_usr1(int signo)
{
    (void)signo;
}

static void enter(void)
{
#ifdef BAD
    (void)sem_wait(&token);
#else
    while (sem_wait(&token) != 0) {
        MUST(errno == EINTR);
    }
#endif
}

static void *user(void *unused)
{
    enter();
    if (++inside > 1) {
        violated = true;
    }
    inside--;
    OK(sem_post(&token));
    return unused;
}

int main(void)
{
    OK(sem_init(&token, 0, 1));
    handle(SIGUSR1, on_usr1);
    pthread_t thread = thread_start(user, NULL);
    (void)user(NULL);
    thread_join(thread);
    return violated ? 1 : 0;
}
