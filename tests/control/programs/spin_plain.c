/* SPDX-License-Identifier: MIT
 *
 * A thread spins on a plain flag that nobody sets when BAD; the good one uses an atomic.
 */
#include "common.h"

#ifdef BAD
static int ready;
#else
static _Atomic int ready;
#endif

/* Keeps the compiler from reading the flag only once. */
static void barrier(void)
{
    __asm__ volatile("" ::: "memory");
}

static void *spinner(void *unused)
{
    while (ready == 0) {
        barrier();
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
