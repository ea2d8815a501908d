/* SPDX-License-Identifier: MIT
 *
 * freed_mapping.c -- class 10, state freed under a live thread: earns `crash`, signals: none.
 * Report: Stockfish#6542, apex#182.  The destructor unmaps what a thread still writes to, and only
 * then waits for it.  Good: the other way round.
 */
#include <sys/mman.h>

#include "zoo.h"

static volatile int *statistics;

static void *sampler(void *unused)
{
    for (int at = 0; at < 3; at++) {
        statistics[at]++;
    }
    return unused;
}

int main(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(memory != MAP_FAILED);
    statistics = memory;
    pthread_t thread = thread_start(sampler, NULL);
#ifdef BAD
    OK(munmap(memory, 4096));
    thread_join(thread);
#else
    thread_join(thread);
    OK(munmap(memory, 4096));
#endif
    return 0;
}
