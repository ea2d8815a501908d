/* SPDX-License-Identifier: MIT
 *
 * time.c -- clocks and sleeps, on virtual time.
 */
#include "time.h"

#include <errno.h>

#include "../real.h"

/* A step, then the time.  False: this clock is real. */
static bool clock_step(struct rt_thread *self, clockid_t clock, struct timespec *out_time,
                       void *frame)
{
    rt_step(self, RT_OP_CLOCK_READ, NULL, frame);
    return rt_clock_read(clock, out_time);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL || !clock_step(self, clock, time, RT_FRAME)) {
        return RT_CALL(clock_gettime, clock, time);
    }
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(gettimeofday, time, zone);
    }
    (void)clock_step(self, CLOCK_REALTIME, &now, RT_FRAME);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out_time) /* lint: banned-word: defined here, and so kept virtual */
{
    struct timespec now;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(time, out_time);
    }
    (void)clock_step(self, CLOCK_REALTIME, &now, RT_FRAME);
    if (out_time != NULL) {
        *out_time = now.tv_sec;
    }
    return now.tv_sec;
}

int timespec_get(struct timespec *time, int base)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL || base != TIME_UTC) {
        return RT_CALL(timespec_get, time, base);
    }
    (void)clock_step(self, CLOCK_REALTIME, time, RT_FRAME);
    return base;
}

/* ---- CPU time: virtual as well, and all of it the program's own ---- */

clock_t clock(void)
{
    struct timespec now;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_REAL(clock)();
    }
    (void)clock_step(self, CLOCK_PROCESS_CPUTIME_ID, &now, RT_FRAME);
    return now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / (1000000000 / CLOCKS_PER_SEC);
}

#define TICKS_PER_SECOND 100 /* sysconf(_SC_CLK_TCK) */

clock_t times(struct tms *out_times)
{
    struct timespec cpu;
    struct timespec now;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(times, out_times);
    }
    (void)clock_step(self, CLOCK_PROCESS_CPUTIME_ID, &cpu, RT_FRAME);
    (void)rt_clock_read(CLOCK_MONOTONIC, &now);
    if (out_times != NULL) {
        *out_times = (struct tms){ .tms_utime = cpu.tv_sec * TICKS_PER_SECOND +
                                                cpu.tv_nsec / (1000000000 / TICKS_PER_SECOND) };
    }
    return now.tv_sec * TICKS_PER_SECOND + now.tv_nsec / (1000000000 / TICKS_PER_SECOND);
}

int getrusage(__rusage_who_t who, struct rusage *out_usage)
{
    struct timespec now;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL || who == RUSAGE_CHILDREN) {
        return RT_CALL(getrusage, who, out_usage);
    }
    int result = RT_CALL(getrusage, who, out_usage);
    if (result == 0) {
        /* What the machine did for it depends on the machine. */
        (void)clock_step(self, CLOCK_PROCESS_CPUTIME_ID, &now, RT_FRAME);
        *out_usage = (struct rusage){
            .ru_utime = { now.tv_sec, now.tv_nsec / 1000 },
            .ru_maxrss = 16384,
        };
    }
    return result;
}

/* ---- sleeps ---- */

/* Sleeps until the deadline; the step has been taken.  0, or EINTR and then, or when it is
 * cancelled, with what remains. */
static int sleep_until(struct rt_thread *self, uint64_t deadline_ns, struct timespec *out_remaining,
                       void *frame)
{
    enum rt_wake wake = RT_TIMED_OUT;
    rt_cancel_point(self);
    if (deadline_ns > rt.now_ns) {
        wake = rt_wait(self, NULL, deadline_ns, RT_WAIT_CANCELLABLE | RT_WAIT_INTERRUPTIBLE);
        if (wake != RT_TIMED_OUT && out_remaining != NULL) {
            uint64_t left_ns = deadline_ns > rt.now_ns ? deadline_ns - rt.now_ns : 0;
            *out_remaining =
                (struct timespec){ (time_t)(left_ns / 1000000000), (long)(left_ns % 1000000000) };
        }
        rt_cancel_point(self);
        rt_step_resumed(self, RT_OP_SLEEP, NULL, frame);
    }
    if (wake == RT_INTERRUPTED) {
        rt_result(EINTR);
        return EINTR;
    }
    return 0;
}

/* 0, EINVAL or EINTR, then with what remains. */
static int sleep_for(struct rt_thread *self, const struct timespec *duration,
                     struct timespec *out_remaining, void *frame)
{
    uint64_t deadline_ns;
    rt_step(self, RT_OP_SLEEP, NULL, frame);
    if (!rt_clock_timeout(duration, &deadline_ns)) {
        return EINVAL;
    }
    return sleep_until(self, deadline_ns, out_remaining, frame);
}

int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(nanosleep, duration, remaining);
    }
    int error = sleep_for(self, duration, remaining, RT_FRAME);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                    struct timespec *remaining)
{
    uint64_t deadline_ns;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(clock_nanosleep, clock, flags, time, remaining);
    }
    if ((flags & TIMER_ABSTIME) == 0) {
        return sleep_for(self, time, remaining, RT_FRAME);
    }
    rt_step(self, RT_OP_SLEEP, NULL, RT_FRAME);
    if (!rt_clock_deadline(clock, time, &deadline_ns)) {
        return EINVAL;
    }
    return sleep_until(self, deadline_ns, NULL, RT_FRAME);
}

int usleep(useconds_t duration_us)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(usleep, duration_us);
    }
    struct timespec duration = { duration_us / 1000000, (long)(duration_us % 1000000) * 1000 };
    int error = sleep_for(self, &duration, NULL, RT_FRAME);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return 0;
}

unsigned sleep(unsigned duration_s)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sleep, duration_s);
    }
    struct timespec duration = { duration_s, 0 };
    struct timespec remaining = { 0, 0 };
    if (sleep_for(self, &duration, &remaining, RT_FRAME) == EINTR) {
        errno = EINTR;
    }
    return (unsigned)remaining.tv_sec; /* glibc rounds down */
}
