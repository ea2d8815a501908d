/* SPDX-License-Identifier: MIT
 *
 * thread_joins_itself.c -- class 4, handler on the wrong thread: earns `unsafe`, signals: TERM.
 * Report: wazuh#38065.  The handler stops and joins the worker, and may run on that very worker.
 * Good: the handler sets a flag, and main joins.
 */
#include "zoo.h"

static atomic_bool stopping;
static pthread_t thread;

static void *worker(void *unused)
{
    while (!stopping) {
        (void)usleep(1000);
    }
    return unused;
}

static void on_term(int signo)
{
    (void)signo;
    stopping = true;
#ifdef BAD
    (void)pthread_join(thread, NULL);
#endif
}

int main(void)
{
    thread = thread_start(worker, NULL);
    handle(SIGTERM, on_term);
#ifdef BAD
    while (!stopping) {
        (void)usleep(1000);
    }
#else
    thread_join(thread);
#endif
    return 0;
}
