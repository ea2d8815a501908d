/* SPDX-License-Identifier: MIT
 *
 * timerfd.c -- timerfds on virtual time.
 *
 * Behind each is a real eventfd, to which the number of expirations is written: reading, polling
 * and copying it are then the kernel's.  Time is only waited for until the timer is readable; the
 * further expirations of a periodic one are counted when somebody looks, or a forgotten timer would
 * keep the clock going for ever.
 */
#include "timerfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>

#include "../real.h"
#include "../sys.h"
#include "fd.h"

#define TIMERS_MAX 256

struct timer {
    bool used;
    bool readable; /* expirations were written that nobody has read yet, as far as we know */
    clockid_t clock;
    uint64_t deadline_ns; /* next expiration; RT_NO_DEADLINE: not armed */
    uint64_t interval_ns; /* 0: once */
    int fd;               /* one of the numbers by which it is reached */
};

static struct timer timers[TIMERS_MAX] RT_LARGE; /* place 0 stays empty */
static uint32_t timers_bound;                    /* all that were ever made are below */

static uint64_t to_ns(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
}

static struct timespec to_timespec(uint64_t time_ns)
{
    return (struct timespec){ (time_t)(time_ns / 1000000000), (long)(time_ns % 1000000000) };
}

static bool time_valid(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

static int timer_fd(uint16_t number)
{
    timers[number].fd = rt_fd_reaching(RT_FD_TIMER, number, timers[number].fd);
    return timers[number].fd;
}

static struct timer *timer_find(int fd)
{
    const struct rt_fd *info = rt_fd_info(fd);
    return info != NULL && info->kind == RT_FD_TIMER && !rt_fd_private(fd) ? &timers[info->number]
                                                                           : NULL;
}

static bool timer_is_readable(struct timer *timer, uint16_t number)
{
    if (timer->readable) {
        struct pollfd poller = { timer_fd(number), POLLIN, 0 };
        timer->readable = rt_fd_poll_now(&poller, 1) == 1;
    }
    return timer->readable;
}

uint64_t rt_timerfd_next(void)
{
    uint64_t next_ns = RT_NO_DEADLINE;
    for (uint16_t number = 1; number < timers_bound; number++) {
        struct timer *timer = &timers[number];
        if (timer->used && timer->deadline_ns < next_ns && !timer_is_readable(timer, number)) {
            next_ns = timer->deadline_ns;
        }
    }
    return next_ns;
}

bool rt_timerfd_refresh(void)
{
    bool some = false;
    for (uint16_t number = 1; number < timers_bound; number++) {
        struct timer *timer = &timers[number];
        if (!timer->used || timer->deadline_ns > rt.now_ns) {
            continue;
        }
        uint64_t count = 1;
        if (timer->interval_ns != 0) {
            count += (rt.now_ns - timer->deadline_ns) / timer->interval_ns;
            timer->deadline_ns += count * timer->interval_ns;
        } else {
            timer->deadline_ns = RT_NO_DEADLINE;
        }
        (void)RT_SYS3(SYS_write, timer_fd(number), &count, sizeof count);
        timer->readable = true;
        some = true;
    }
    return some;
}

void rt_timerfd_closed(uint16_t number)
{
    if (timer_fd(number) < 0) {
        timers[number].used = false;
    }
}

int timerfd_create(clockid_t clock, int flags)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(timerfd_create, clock, flags);
    }
    rt_step(self, RT_OP_TIMERFD, NULL, RT_FRAME);
    /* The kernel's own says what is wrong with the arguments, if anything is. */
    int probe = RT_CALL(timerfd_create, clock, flags);
    if (probe < 0) {
        return -1;
    }
    (void)RT_SYS1(SYS_close, probe);
    uint16_t number = 1;
    while (number < TIMERS_MAX && timers[number].used) {
        number++;
    }
    if (number == TIMERS_MAX) {
        rt_stop(RT_STOP_UNSUPPORTED, self, "more than 255 timerfds", "", "");
    }
    int fd = RT_CALL(eventfd, 0,
                     ((flags & TFD_NONBLOCK) != 0 ? EFD_NONBLOCK : 0) |
                         ((flags & TFD_CLOEXEC) != 0 ? EFD_CLOEXEC : 0));
    if (fd < 0) {
        return -1;
    }
    rt_fd_made(fd, RT_FD_TIMER);
    struct rt_fd *info = rt_fd_info(fd);
    if (info == NULL) {
        rt_stop(RT_STOP_UNSUPPORTED, self, "a timerfd with a number beyond 65535", "", "");
    }
    info->number = number;
    timers[number] =
        (struct timer){ .used = true, .clock = clock, .deadline_ns = RT_NO_DEADLINE, .fd = fd };
    if (timers_bound <= number) {
        timers_bound = number + 1u;
    }
    return fd;
}

static void timer_read(const struct timer *timer, struct itimerspec *out_setting)
{
    uint64_t left_ns = 0;
    if (timer->deadline_ns != RT_NO_DEADLINE) {
        left_ns = timer->deadline_ns > rt.now_ns ? timer->deadline_ns - rt.now_ns : 1;
    }
    out_setting->it_value = to_timespec(left_ns);
    out_setting->it_interval = to_timespec(timer->interval_ns);
}

/* The real call on what is not a timer says what is wrong. */
int timerfd_settime(int fd, int flags, const struct itimerspec *setting,
                    struct itimerspec *out_before)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(timerfd_settime, fd, flags, setting, out_before);
    }
    rt_step(self, RT_OP_TIMERFD, NULL, RT_FRAME);
    struct timer *timer = timer_find(fd);
    if (timer == NULL) {
        return RT_CALL(timerfd_settime, rt_fd_private(fd) ? -1 : fd, flags, setting, out_before);
    }
    if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0 ||
        !time_valid(&setting->it_value) || !time_valid(&setting->it_interval)) {
        errno = EINVAL;
        return -1;
    }
    (void)rt_timerfd_refresh();
    if (out_before != NULL) {
        timer_read(timer, out_before);
    }
    /* What has expired and was not read is forgotten. */
    struct pollfd poller = { fd, POLLIN, 0 };
    uint64_t unread;
    if (rt_fd_poll_now(&poller, 1) == 1 && (poller.revents & POLLIN) != 0) {
        (void)RT_SYS3(SYS_read, fd, &unread, sizeof unread);
    }
    timer->readable = false;
    rt.timers_used = true;
    timer->interval_ns = to_ns(&setting->it_interval);
    timer->deadline_ns = RT_NO_DEADLINE;
    if (to_ns(&setting->it_value) != 0) {
        if ((flags & TFD_TIMER_ABSTIME) != 0) {
            clockid_t clock = timer->clock == CLOCK_REALTIME_ALARM   ? CLOCK_REALTIME
                              : timer->clock == CLOCK_BOOTTIME_ALARM ? CLOCK_BOOTTIME
                                                                     : timer->clock;
            (void)rt_clock_deadline(clock, &setting->it_value, &timer->deadline_ns);
        } else {
            (void)rt_clock_timeout(&setting->it_value, &timer->deadline_ns);
        }
    }
    (void)rt_timerfd_refresh();
    rt_fd_changed();
    return 0;
}

int timerfd_gettime(int fd, struct itimerspec *out_setting)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(timerfd_gettime, fd, out_setting);
    }
    rt_step(self, RT_OP_TIMERFD, NULL, RT_FRAME);
    struct timer *timer = timer_find(fd);
    if (timer == NULL) {
        return RT_CALL(timerfd_gettime, rt_fd_private(fd) ? -1 : fd, out_setting);
    }
    (void)rt_timerfd_refresh();
    timer_read(timer, out_setting);
    return 0;
}
