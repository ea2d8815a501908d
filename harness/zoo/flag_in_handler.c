/* SPDX-License-Identifier: MIT
 *
 * flag_in_handler.c -- class 20, unsynchronised stop flag: earns `race`, signals: TERM, flavour
 * tsan.
 * Report: civetweb#1333.  The handler sets a plain flag which the worker polls; volatile
 * sig_atomic_t is enough for one thread only. Good: a lock-free atomic.
 */
#include "zoo.h"

#ifdef BAD
static volatile sig_atomic_t stopping;
#else
static atomic_int stopping;
#endif

static void on_term(int signo)
{
    stopping = signo;
}

static void *worker(void *unused)
{
    while (stopping == 0) {
        (void)usleep(1000);
    }
    return unused;
}

int main(void)
{
    sigset_t before;
    OK(pthread_sigmask(SIG_BLOCK, NULL, &before));
    block(SIGTERM);
    pthread_t thread = thread_start(worker, NULL);
    handle(SIGTERM, on_term);
    OK(pthread_sigmask(SIG_SETMASK, &before, NULL));
    thread_join(thread);
    return 0;
}
