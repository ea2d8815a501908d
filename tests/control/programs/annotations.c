/* SPDX-License-Identifier: MIT
 *
 * Tells ThreadSanitizer things: a release and an acquire of its own, and a system call of its own.
 */
#include "common.h"

#include <sanitizer/linux_syscall_hooks.h>
#include <sanitizer/tsan_interface.h>
#include <sched.h>

static int ready;
static int value;

static void *worker(void *unused)
{
    value = 1;
    __tsan_release(&value);
    __atomic_store_n(&ready, 1, __ATOMIC_RELAXED);
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    while (__atomic_load_n(&ready, __ATOMIC_RELAXED) == 0) {
        (void)sched_yield();
    }
    __tsan_acquire(&value);
    MUST(value == 1);
    __sanitizer_syscall_pre_close(-1);
    __sanitizer_syscall_post_close(-1, -1);
    thread_join(thread);
    return 0;
}
