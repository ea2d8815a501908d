/* SPDX-License-Identifier: MIT
 *
 * cancel_takes_token.c -- class 14, cancellation: earns `hang`, signals: none.
 * Report: espeak-ng#563.  The thread is cancelled between taking a token and handing it back, and
 * whoever needs the token next waits for ever.  Good: no cancellation while it has the token.
 */
#include <semaphore.h>

#include "zoo.h"

static sem_t token;

static void *speaker(void *unused)
{
#ifndef BAD
    int state;
    OK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
#endif
    OK(sem_wait(&token));
    pthread_testcancel();
    (void)usleep(1000); /* speaks */
    OK(sem_post(&token));
    return unused;
}

int main(void)
{
    OK(sem_init(&token, 0, 1));
    pthread_t thread = thread_start(speaker, NULL);
    OK(pthread_cancel(thread));
    thread_join(thread);
    OK(sem_wait(&token));
    OK(sem_destroy(&token));
    return 0;
}
