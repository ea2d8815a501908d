/* SPDX-License-Identifier: MIT
 *
 * A thread writes through a null pointer in some schedules when BAD.
 */
#include "common.h"

static int *_Atomic shared;
static int value;

static void *worker(void *unused)
{
    int *seen = shared;
#ifdef BAD
    *(volatile int *)seen = 1;
#else
    if (seen != NULL) {
        *(volatile int *)seen = 1;
    }
#endif
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    shared = &value;
    thread_join(thread);
    return 0;
}
