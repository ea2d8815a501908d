/* SPDX-License-Identifier: MIT
 *
 * thread_flag_of_its_own.c -- class 4, handler on the wrong thread: earns `livelock`, signals:
 * TERM.
 * Report: httpuv#169, percona#2125.  The library stops by a flag in thread-local storage, set by
 * its handler: on the thread that happens to run it. Good: one atomic flag.
 */
#include "zoo.h"

#ifdef BAD
static _Thread_local volatile sig_atomic_t stopping;
#else
static atomic_int stopping;
#endif
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static bool host_ended; /* guarded by mutex */

static void on_term(int signo)
{
    stopping = signo;
}

/* A thread of the host program, which knows nothing of the library. */
static void *host(void *unused)
{
    lock(&mutex);
    while (!host_ended) {
        OK(pthread_cond_wait(&ended, &mutex));
    }
    unlock(&mutex);
    return unused;
}

int main(void)
{
    handle(SIGTERM, on_term);
    pthread_t thread = thread_start(host, NULL);
    while (stopping == 0) {
        (void)usleep(100000);
    }
    lock(&mutex);
    host_ended = true;
    OK(pthread_cond_signal(&ended));
    unlock(&mutex);
    thread_join(thread);
    return 0;
}
