/* SPDX-License-Identifier: MIT
 *
 * start_stop_forgotten.c -- class 6, stop races start: earns `hang`, signals: none.
 * Report: libevent#1292, open62541pp#714.  A stop that comes before the loop has started is erased
 * by the loop's own start.  Good: nobody but the creator resets it.
 */
#include <poll.h>

#include "zoo.h"

static int wake[2];
static atomic_bool stop_requested;

static void *loop(void *unused)
{
#ifdef BAD
    stop_requested = false; /* a fresh run */
#endif
    while (!stop_requested) {
        struct pollfd pollfd = { .fd = wake[0], .events = POLLIN };
        char byte;
        MUST(poll(&pollfd, 1, -1) == 1);
        MUST(read(wake[0], &byte, 1) == 1);
    }
    return unused;
}

int main(void)
{
    OK(pipe(wake));
    pthread_t thread = thread_start(loop, NULL);
    stop_requested = true;
    MUST(write(wake[1], "x", 1) == 1);
    thread_join(thread);
    return 0;
}
