/* SPDX-License-Identifier: MIT
 *
 * futex.c -- syscall(): raw futexes are modelled as queues by address; a few others have a call of
 * their own; the rest goes to the kernel as it is.
 */
#include "futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

#include "../pool.h"
#include "../real.h"
#include "random.h"
#include "thread.h"

static long failed(int error)
{
    errno = error;
    return -1;
}

static long futex_wait(struct rt_thread *self, const uint32_t *word, uint32_t value, uint32_t bits,
                       uint64_t deadline_ns, void *frame)
{
    /* Only a wait without a deadline goes on behind a handler with SA_RESTART: it looks again. */
    uint32_t flags = RT_WAIT_INTERRUPTIBLE | (deadline_ns == RT_NO_DEADLINE ? RT_WAIT_RESTARTS : 0);
    enum rt_wake wake;
    rt_step(self, RT_OP_FUTEX_WAIT, word, frame);
    do {
        if (*(const volatile uint32_t *)word != value) {
            rt_progress(self, false);
            return failed(EAGAIN);
        }
        if (bits == 0) {
            return failed(EINVAL);
        }
        self->wait_bits = bits;
        wake = deadline_ns <= rt.now_ns ? RT_TIMED_OUT : rt_wait(self, word, deadline_ns, flags);
        rt_step_resumed(self, RT_OP_FUTEX_WAIT, word, frame);
    } while (wake == RT_RESTARTED);
    if (wake == RT_TIMED_OUT || wake == RT_INTERRUPTED) {
        int error = wake == RT_TIMED_OUT ? ETIMEDOUT : EINTR;
        rt_result(error);
        return failed(error);
    }
    return 0;
}

static long futex_requeue(struct rt_thread *self, const uint32_t *word, uint32_t wake,
                          uint32_t move, const uint32_t *target)
{
    uint32_t woken = rt_wake_some(self, word, wake, 0);
    uint32_t moved = 0;
    for (uint32_t at = 0; at < rt.live_count && moved < move; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED && thread->wait_object == word) {
            thread->wait_object = target;
            moved++;
        }
    }
    return (long)woken + moved;
}

static long futex_call(struct rt_thread *self, const long *args, void *frame)
{
    const uint32_t *word = (const uint32_t *)args[0];
    int command = (int)args[1] & FUTEX_CMD_MASK;
    uint32_t value = (uint32_t)args[2];
    const struct timespec *time = (const struct timespec *)args[3];
    const uint32_t *other = (const uint32_t *)args[4];
    clockid_t clock = ((int)args[1] & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    uint64_t deadline_ns = RT_NO_DEADLINE;
    uint32_t count = args[2] < 0 ? 0 : (uint32_t)args[2];

    switch (command) {
    case FUTEX_WAIT:
        if (time != NULL && !rt_clock_timeout(time, &deadline_ns)) {
            return failed(EINVAL);
        }
        return futex_wait(self, word, value, FUTEX_BITSET_MATCH_ANY, deadline_ns, frame);
    case FUTEX_WAIT_BITSET:
        if (time != NULL && !rt_clock_deadline(clock, time, &deadline_ns)) {
            return failed(EINVAL);
        }
        return futex_wait(self, word, value, (uint32_t)args[5], deadline_ns, frame);
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET: {
        rt_step(self, RT_OP_FUTEX_WAKE, word, frame);
        long woken = rt_wake_some(self, word, count, command == FUTEX_WAKE ? 0 : (uint32_t)args[5]);
        rt_result((int32_t)woken);
        return woken;
    }
    case FUTEX_CMP_REQUEUE:
    case FUTEX_REQUEUE:
        rt_step(self, RT_OP_FUTEX_REQUEUE, word, frame);
        if (command == FUTEX_CMP_REQUEUE && *(const volatile uint32_t *)word != (uint32_t)args[5]) {
            return failed(EAGAIN);
        }
        return futex_requeue(self, word, count, (uint32_t)args[3], other);
    default:
        rt_stop(RT_STOP_UNSUPPORTED, self,
                "syscall(SYS_futex) with an operation that is not modelled", "", "");
    }
}

long syscall(long number, ...)
{
    long args[6];
    va_list list;
    va_start(list, number);
    for (unsigned at = 0; at < 6; at++) {
        args[at] = va_arg(list, long);
    }
    va_end(list);
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        switch (number) {
        case SYS_futex:
            return futex_call(self, args, RT_FRAME);
        case SYS_sched_yield:
            return rt_sched_yield(RT_FRAME);
        case SYS_clock_gettime:
            return clock_gettime((clockid_t)args[0], (struct timespec *)args[1]);
        case SYS_getrandom:
            return getrandom((void *)args[0], (size_t)args[1], (unsigned)args[2]);
        case SYS_getpid:
        case SYS_gettid:
            rt_random_id_seen();
            break;
        case SYS_rt_sigprocmask:
            rt_pool_masked();
            break;
        case SYS_exit_group:
            _exit((int)args[0]);
        default:
            break;
        }
    }
    return RT_CALL(syscall, number, args[0], args[1], args[2], args[3], args[4], args[5]);
}
