/* SPDX-License-Identifier: MIT
 *
 * supervisor_slow_drain.c -- class 19, supervisor's contract: earns `late`, signals: TERM.
 * Report: flux#4158.  The drain of one queue is bounded, that of many one after the other is not:
 * the supervisor kills it. Good: one deadline for all.
 */
#include <time.h>

#include "zoo.h"

#define QUEUES 6
#define DRAIN_S 2

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t drained = PTHREAD_COND_INITIALIZER;

static struct timespec deadline_after(time_t seconds)
{
    struct timespec deadline;
    OK(clock_gettime(CLOCK_REALTIME, &deadline));
    deadline.tv_sec += seconds;
    return deadline;
}

int main(void)
{
    block(SIGTERM);
    await(SIGTERM);
    struct timespec deadline = deadline_after(DRAIN_S);
    lock(&mutex);
    for (int queue = 0; queue < QUEUES; queue++) {
#ifdef BAD
        deadline = deadline_after(DRAIN_S);
#endif
        while (pthread_cond_timedwait(&drained, &mutex, &deadline) == 0) {
            /* Its clients do not go away. */
        }
    }
    unlock(&mutex);
    return 0;
}
