/* SPDX-License-Identifier: MIT
 *
 * A thread spins on a relaxed atomic that nobody sets when BAD.
 */
#include "common.h"

#include <stdatomic.h>

extern atomic_int ready; /* external, or the compiler could see that nobody sets it */
atomic_int ready;

static void *spinner(void *unused)
{
    while (atomic_load_explicit(&ready, memory_order_relaxed) == 0) {
    }
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(spinner, NULL);
#ifndef BAD
    atomic_store_explicit(&ready, 1, memory_order_relaxed);
#endif
    thread_join(thread);
    return 0;
}
