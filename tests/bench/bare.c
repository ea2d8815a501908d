/* SPDX-License-Identifier: MIT
 *
 * bare.c -- what controlled executions would cost if control cost nothing: the same numbers of
 * hand-offs between threads, thread starts and forks, and nothing else.
 *
 *     bare EXECUTIONS THREADS HANDOFFS forked|inside
 *
 * `forked` forks for each execution, starts THREADS threads in the child and joins them; `inside`
 * starts them once.  Prints nothing: scripts/bench-control measures the process.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 64u

static uint32_t turn[THREADS_MAX + 1];   /* atomic; futex words; 1: go.  0 is main's */
static unsigned rounds[THREADS_MAX + 1]; /* read-only while threads run */

static void give(unsigned thread)
{
    __atomic_store_n(&turn[thread], 1, __ATOMIC_RELEASE);
    (void)syscall(SYS_futex, &turn[thread], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void await(unsigned thread)
{
    while (__atomic_load_n(&turn[thread], __ATOMIC_ACQUIRE) == 0) {
        (void)syscall(SYS_futex, &turn[thread], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    }
    __atomic_store_n(&turn[thread], 0, __ATOMIC_RELAXED);
}

static void *work(void *context)
{
    unsigned self = (unsigned)(uintptr_t)context;
    for (unsigned round = 0; round < rounds[self]; round++) {
        await(self);
        give(0);
    }
    return NULL;
}

/* Main hands the turn to each thread in turn, which hands it back: two hand-offs. */
static void play(unsigned threads, unsigned long executions, unsigned handoffs)
{
    pthread_t handles[THREADS_MAX + 1];
    unsigned long pairs = executions * handoffs / 2;
    for (unsigned at = 1; at <= threads; at++) {
        rounds[at] = (unsigned)(pairs / threads + (at <= pairs % threads));
        if (pthread_create(&handles[at], NULL, work, (void *)(uintptr_t)at) != 0) {
            _exit(3);
        }
    }
    for (unsigned round = 0; round < rounds[1]; round++) {
        for (unsigned at = 1; at <= threads && round < rounds[at]; at++) {
            give(at);
            await(0);
        }
    }
    for (unsigned at = 1; at <= threads; at++) {
        (void)pthread_join(handles[at], NULL);
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        return 2;
    }
    unsigned long executions = strtoul(argv[1], NULL, 10);
    unsigned threads = (unsigned)strtoul(argv[2], NULL, 10);
    unsigned handoffs = (unsigned)strtoul(argv[3], NULL, 10);
    bool forked = strcmp(argv[4], "forked") == 0;
    if (threads == 0 || threads > THREADS_MAX) {
        return 2;
    }
    if (!forked) {
        play(threads, executions, handoffs);
        return 0;
    }
    for (unsigned long at = 0; at < executions; at++) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            play(threads, 1, handoffs);
            _exit(0);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
            return 3;
        }
    }
    return 0;
}
