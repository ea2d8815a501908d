/* SPDX-License-Identifier: MIT
 *
 * wait_mixed_clocks.c -- class 9, mistimed wait: earns `late`, signals: TERM.
 * Report: rocksdb#3735, libfabric#9614.  The deadline is taken from the real-time clock and waited
 * for on the monotonic one: half a century instead of a second. Good: one clock.
 */
#include <time.h>

#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t drained;

int main(void)
{
    pthread_condattr_t attributes;
    struct timespec deadline;
    OK(pthread_condattr_init(&attributes));
    OK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    OK(pthread_cond_init(&drained, &attributes));
    block(SIGTERM);
    await(SIGTERM);
#ifdef BAD
    OK(clock_gettime(CLOCK_REALTIME, &deadline));
#else
    OK(clock_gettime(CLOCK_MONOTONIC, &deadline));
#endif
    deadline.tv_sec++;
    lock(&mutex);
    while (pthread_cond_timedwait(&drained, &mutex, &deadline) == 0) {
        /* Nobody will say so: it is the deadline that ends it. */
    }
    unlock(&mutex);
    OK(pthread_cond_destroy(&drained));
    return 0;
}
