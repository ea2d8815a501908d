/* SPDX-License-Identifier: MIT
 *
 * loop_stop.c -- the scenario that is measured: main stops five threads on a condition variable;
 * with TERM when it is told so.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include <curfew/loop.h>

#define WORKERS 5

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stopped = PTHREAD_COND_INITIALIZER;
static bool stop;

static void *work(void *unused)
{
    (void)pthread_mutex_lock(&mutex);
    while (!stop) {
        (void)pthread_cond_wait(&stopped, &mutex);
    }
    (void)pthread_mutex_unlock(&mutex);
    return unused;
}

int main(void)
{
    CURFEW_LOOP(1)
    {
        pthread_t threads[WORKERS];
#ifdef TERM
        sigset_t term;
        int signo;
        (void)sigemptyset(&term);
        (void)sigaddset(&term, SIGTERM);
        (void)pthread_sigmask(SIG_BLOCK, &term, NULL);
#endif
        stop = false;
        for (int at = 0; at < WORKERS; at++) {
            (void)pthread_create(&threads[at], NULL, work, NULL);
        }
#ifdef TERM
        (void)sigwait(&term, &signo);
#endif
        (void)pthread_mutex_lock(&mutex);
        stop = true;
        (void)pthread_cond_broadcast(&stopped);
        (void)pthread_mutex_unlock(&mutex);
        for (int at = 0; at < WORKERS; at++) {
            (void)pthread_join(threads[at], NULL);
        }
    }
    return 0;
}
