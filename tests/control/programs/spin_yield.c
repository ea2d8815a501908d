/* SPDX-License-Identifier: MIT
 *
 * A thread yields until a flag is set; when BAD nobody sets it.
 */
#include "common.h"

#include <sched.h>

static _Atomic int ready;

static void *spinner(void *unused)
{
    while (ready == 0) {
        (void)sched_yield();
    }
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(spinner, NULL);
#ifndef BAD
    ready = 1;
#endif
    thread_join(thread);
    return 0;
}
