/* SPDX-License-Identifier: MIT
 *
 * late_use.c -- main takes the journal away under its lock; a worker that has looked at the stop
 * before writes into it once more.  Memory that was freed stays readable, so the fast flavour sees
 * nothing unless it is built with AddressSanitizer.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static atomic_int stop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int *journal; /* guarded by lock */

static void on_term(int signo)
{
    stop = signo;
}

static void nap(void)
{
    (void)nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

static void *work(void *unused)
{
    while (!stop) {
        (void)pthread_mutex_lock(&lock);
#ifdef BAD
        (*journal)++;
#else
        if (journal != NULL) {
            (*journal)++;
        }
#endif
        (void)pthread_mutex_unlock(&lock);
        nap();
    }
    return unused;
}

int main(void)
{
    pthread_t worker;
    journal = calloc(1, sizeof *journal);
    (void)signal(SIGTERM, on_term);
    if (journal == NULL || pthread_create(&worker, NULL, work, NULL) != 0) {
        return 9;
    }
    while (!stop) {
        nap();
    }
    (void)pthread_mutex_lock(&lock);
    free(journal);
#ifndef BAD
    journal = NULL;
#endif
    (void)pthread_mutex_unlock(&lock);
    return pthread_join(worker, NULL);
}
