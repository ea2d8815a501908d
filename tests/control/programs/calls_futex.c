/* SPDX-License-Identifier: MIT
 *
 * A lock and a condition made of raw futexes and atomics.
 */
#include "common.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>

static _Atomic uint32_t word; /* 0 free, 1 taken, 2 taken and waited for */
static _Atomic uint32_t done;
static int guarded;

static long futex(_Atomic uint32_t *at, int command, uint32_t value, const struct timespec *time)
{
    return syscall(SYS_futex, at, command | FUTEX_PRIVATE_FLAG, value, time, NULL, UINT32_MAX);
}

static void lock(void)
{
    uint32_t seen = 0;
    if (atomic_compare_exchange_strong(&word, &seen, 1)) {
        return;
    }
    while (atomic_exchange(&word, 2) != 0) {
        (void)futex(&word, FUTEX_WAIT, 2, NULL);
    }
}

static void unlock(void)
{
    if (atomic_exchange(&word, 0) == 2) {
        (void)futex(&word, FUTEX_WAKE, 1, NULL);
    }
}

static void *worker(void *unused)
{
    for (int round = 0; round < 3; round++) {
        lock();
        guarded++;
        unlock();
    }
    atomic_fetch_add(&done, 1);
    (void)futex(&done, FUTEX_WAKE_BITSET, 1, NULL);
    return unused;
}

int main(void)
{
    struct timespec time = { 0, 1000000 };
    pthread_t one = thread_start(worker, NULL);
    pthread_t other = thread_start(worker, NULL);
    for (uint32_t seen = 0; (seen = atomic_load(&done)) < 2;) {
        (void)futex(&done, FUTEX_WAIT_BITSET, seen, NULL);
    }
    thread_join(one);
    thread_join(other);
    MUST(futex(&done, FUTEX_WAIT, 2, &time) == -1 && errno == ETIMEDOUT);
    MUST(futex(&done, FUTEX_WAIT, 7, NULL) == -1 && errno == EAGAIN);
    MUST(guarded == 6);
    return 0;
}
