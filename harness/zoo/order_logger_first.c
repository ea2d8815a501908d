/* SPDX-License-Identifier: MIT
 *
 * order_logger_first.c -- class 12, teardown order: earns `misuse`, signals: none.
 * Report: Icinga#9495, kineto#642.  The logger's mutex is destroyed before the worker that logs
 * has ended.  Good: the logger goes last.
 */
#include "zoo.h"

static pthread_mutex_t logger;
static int lines; /* guarded by logger */

static void log_line(void)
{
    if (pthread_mutex_lock(&logger) == 0) {
        lines++;
        (void)pthread_mutex_unlock(&logger);
    }
}

static void *worker(void *unused)
{
    log_line();
    return unused;
}

int main(void)
{
    OK(pthread_mutex_init(&logger, NULL));
    pthread_t thread = thread_start(worker, NULL);
#ifdef BAD
    (void)pthread_mutex_destroy(&logger);
    thread_join(thread);
#else
    thread_join(thread);
    (void)pthread_mutex_destroy(&logger);
#endif
    return 0;
}
