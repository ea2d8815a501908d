/* SPDX-License-Identifier: MIT
 *
 * A thread spins on a plain flag that nobody sets when BAD; the good one uses an atomic.
 */
#include "common.h"

/* External, or the compiler could see that nobody sets it. */
#ifdef BAD
extern int ready;
int ready;
#else
extern _Atomic int ready;
_Atomic int ready;
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
