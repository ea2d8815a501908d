/* SPDX-License-Identifier: MIT
 *
 * deadlock.c -- the handler takes a lock that its own thread may hold: no second signal helps.
 */
#include <pthread.h>

#include "control.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void on_term(int signo)
{
    (void)signo;
    (void)pthread_mutex_lock(&lock);
    stop = 1;
    (void)pthread_mutex_unlock(&lock);
}

int main(void)
{
    catch_term(FIXED ? on_stop : on_term);
    (void)pthread_mutex_lock(&lock);
    say("starting\n");
    (void)pthread_mutex_unlock(&lock);
    say("ready\n");
    wait_for_stop();
    return 0;
}
