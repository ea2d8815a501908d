/* SPDX-License-Identifier: MIT
 *
 * work_dropped.c -- class 13, lost or torn work: earns `owing`, signals: none.
 * Report: qore#3897, jetty#3520.  The worker looks at the stop before it looks at the queue, and
 * drops what was submitted.  Good: it leaves when it is stopped and the queue is empty.
 */
#include <curfew/debt.h>

#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t submitted; /* guarded by mutex */
static uint64_t done;      /* guarded by mutex */
static bool stopping;      /* guarded by mutex */

static bool leave(void)
{
#ifdef BAD
    return stopping;
#else
    return stopping && done == submitted;
#endif
}

static void *worker(void *unused)
{
    lock(&mutex);
    while (!leave()) {
        if (done == submitted) {
            OK(pthread_cond_wait(&changed, &mutex));
            continue;
        }
        curfew_debt_settle("job", done++);
    }
    unlock(&mutex);
    return unused;
}

static void submit(void)
{
    lock(&mutex);
    curfew_debt_owe("job", submitted++);
    OK(pthread_cond_signal(&changed));
    unlock(&mutex);
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    submit();
    submit();
    lock(&mutex);
    stopping = true;
    OK(pthread_cond_signal(&changed));
    unlock(&mutex);
    thread_join(thread);
    return 0;
}
