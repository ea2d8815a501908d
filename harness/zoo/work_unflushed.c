/* SPDX-License-Identifier: MIT
 *
 * work_unflushed.c -- class 13, lost or torn work: earns `owing`, signals: none.
 * Report: pdns#4011.  Lines that are buffered when the writer sees the stop are never written.
 * Good: it flushes once more behind its loop.
 */
#include <curfew/debt.h>

#include "zoo.h"

#define BUFFER_LINES 2

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t logged;  /* guarded by mutex */
static uint64_t written; /* guarded by mutex */
static bool stopping;    /* guarded by mutex */

static void flush_lines(void)
{
    while (written < logged) {
        curfew_debt_settle("line", written++);
    }
}

static void *writer(void *unused)
{
    lock(&mutex);
    while (!stopping) {
        if (logged - written >= BUFFER_LINES) {
            flush_lines();
        }
        OK(pthread_cond_wait(&changed, &mutex));
    }
#ifndef BAD
    flush_lines();
#endif
    unlock(&mutex);
    return unused;
}

static void log_line(void)
{
    lock(&mutex);
    curfew_debt_owe("line", logged++);
    OK(pthread_cond_signal(&changed));
    unlock(&mutex);
}

int main(void)
{
    pthread_t thread = thread_start(writer, NULL);
    log_line();
    log_line();
    log_line();
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_signal(&changed));
    unlock(&mutex);
    thread_join(thread);
    return 0;
}
