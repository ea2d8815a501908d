/* SPDX-License-Identifier: MIT
 *
 * cancel_holding_mutex.c -- class 14, cancellation: earns `misuse`, signals: none.
 * Report: asterisk#309, tlf#422, pappl#417.  The worker reads with a mutex held, is cancelled
 * there, and takes the mutex with it.  Good: a cleanup handler unlocks.
 */
#include "zoo.h"

static pthread_mutex_t device = PTHREAD_MUTEX_INITIALIZER;
static int pipes[2];

#ifndef BAD
static void release(void *mutex)
{
    unlock(mutex);
}
#endif

static void *reader(void *unused)
{
    char byte;
    lock(&device);
#ifdef BAD
    (void)read(pipes[0], &byte, 1);
    unlock(&device);
#else
    pthread_cleanup_push(release, &device);
    (void)read(pipes[0], &byte, 1);
    pthread_cleanup_pop(1);
#endif
    return unused;
}

int main(void)
{
    OK(pipe(pipes));
    pthread_t thread = thread_start(reader, NULL);
    OK(pthread_cancel(thread));
    thread_join(thread);
    lock(&device);
    OK(close(pipes[0]));
    OK(close(pipes[1]));
    unlock(&device);
    return 0;
}
