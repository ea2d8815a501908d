/* SPDX-License-Identifier: MIT
 *
 * clock.c -- virtual time: it stands still while threads run, and moves to the next deadline when
 * the clock is chosen: always when nobody else can go on, and sometimes when somebody could.
 */
#include "core.h"
#include "posix/fd.h"
#include "posix/timer.h"
#include "posix/timerfd.h"

/* Where the clocks stand at the start of every execution. */
#define REALTIME_START_NS (UINT64_C(1800000000) * 1000000000)
#define MONOTONIC_START_NS (UINT64_C(100000) * 1000000000)
#define READ_NS 1000u /* reading a clock takes time, so that loops on the time end */
#define READ_SPINNING_NS 1000000u

static struct timespec last_read; /* what the program was last told */

/* The earliest of all deadlines; RT_NO_DEADLINE: there is none. */
static uint64_t clock_earliest(void)
{
    uint64_t earliest_ns = rt_timerfd_next();
    uint64_t signal_ns = rt_timers_next();
    earliest_ns = signal_ns < earliest_ns ? signal_ns : earliest_ns;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        const struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED && thread->deadline_ns < earliest_ns) {
            earliest_ns = thread->deadline_ns;
        }
    }
    return earliest_ns;
}

bool rt_clock_pending(void)
{
    return rt_timerfd_next() != RT_NO_DEADLINE || rt_timers_next() != RT_NO_DEADLINE;
}

uint64_t rt_clock_ahead(void)
{
    uint64_t earliest_ns = clock_earliest();
    return earliest_ns == RT_NO_DEADLINE ? RT_NO_DEADLINE
           : earliest_ns > rt.now_ns     ? earliest_ns - rt.now_ns
                                         : 0;
}

void rt_clock_advance(void)
{
    uint64_t earliest_ns = clock_earliest();
    if (earliest_ns == RT_NO_DEADLINE) {
        return;
    }
    if (rt.now_ns < earliest_ns) {
        rt.now_ns = earliest_ns;
    }
    rt.control->clock_ns = rt.now_ns;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED && thread->deadline_ns <= rt.now_ns) {
            rt_wake_thread(thread, RT_TIMED_OUT);
        }
    }
    if (rt_timerfd_refresh()) {
        rt_fd_changed();
    }
    rt_timers_refresh();
}

static bool clock_start(clockid_t clock, uint64_t *out_start_ns)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        *out_start_ns = REALTIME_START_NS;
        return true;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
        *out_start_ns = MONOTONIC_START_NS;
        return true;
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
        *out_start_ns = 1000000;
        return true;
    default:
        return false;
    }
}

bool rt_clock_read(clockid_t clock, struct timespec *out_time)
{
    uint64_t start_ns;
    if (!clock_start(clock, &start_ns)) {
        return false;
    }
    rt.now_ns +=
        rt_self != NULL && rt_self->idle_steps >= RT_SPIN_STEPS ? READ_SPINNING_NS : READ_NS;
    rt.control->clock_ns = rt.now_ns;
    out_time->tv_sec = (time_t)((start_ns + rt.now_ns) / 1000000000);
    out_time->tv_nsec = (long)((start_ns + rt.now_ns) % 1000000000);
    last_read = *out_time;
    return true;
}

struct timespec rt_clock_last(void)
{
    return last_read;
}

bool rt_clock_deadline(clockid_t clock, const struct timespec *time, uint64_t *out_deadline_ns)
{
    uint64_t start_ns;
    if (time->tv_nsec < 0 || time->tv_nsec >= 1000000000 || !clock_start(clock, &start_ns)) {
        return false;
    }
    if (time->tv_sec < 0 || (uint64_t)time->tv_sec < start_ns / 1000000000) {
        *out_deadline_ns = 0;
    } else if ((uint64_t)time->tv_sec - start_ns / 1000000000 > UINT64_C(10000000000)) {
        *out_deadline_ns = RT_NO_DEADLINE; /* beyond three hundred years: never */
    } else {
        *out_deadline_ns =
            ((uint64_t)time->tv_sec - start_ns / 1000000000) * 1000000000 + (uint64_t)time->tv_nsec;
        if (start_ns % 1000000000 != 0) {
            *out_deadline_ns -= start_ns % 1000000000;
        }
    }
    return true;
}

bool rt_clock_timeout(const struct timespec *duration, uint64_t *out_deadline_ns)
{
    if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec >= 1000000000) {
        return false;
    }
    *out_deadline_ns =
        (uint64_t)duration->tv_sec > UINT64_C(10000000000)
            ? RT_NO_DEADLINE
            : rt.now_ns + (uint64_t)duration->tv_sec * 1000000000 + (uint64_t)duration->tv_nsec;
    return true;
}
