/* SPDX-License-Identifier: MIT
 *
 * work_paid_twice.c -- class 13, lost or torn work: earns `twice`, signals: none.
 * Report: corosio#191, comdb2#1519.  The stop takes over what is queued while the worker has taken
 * the same job but not yet removed it: it is done twice.  Good: taking removes.
 */
#include <curfew/debt.h>

#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool queued = true; /* guarded by mutex */

static void run_queued(void)
{
    lock(&mutex);
    bool mine = queued;
#ifdef BAD
    if (mine) {
        unlock(&mutex);
        curfew_debt_settle("job", 0);
        lock(&mutex);
        queued = false;
    }
    unlock(&mutex);
#else
    queued = false;
    unlock(&mutex);
    if (mine) {
        curfew_debt_settle("job", 0);
    }
#endif
}

static void *worker(void *unused)
{
    run_queued();
    return unused;
}

int main(void)
{
    curfew_debt_owe("job", 0);
    pthread_t thread = thread_start(worker, NULL);
    run_queued(); /* the drain at the stop */
    thread_join(thread);
    return 0;
}
