/* SPDX-License-Identifier: MIT
 *
 * timer.c -- timers that send signals: alarm, setitimer, timer_create.  On virtual time; an
 * expiration is a step of the clock.
 *
 * Time is not waited for until a timer has been heard: while its signal is pending or ignored,
 * further expirations are counted when somebody looks, or a forgotten periodic timer would keep the
 * clock going for ever.  Timers that go by processor time never expire: threads under control take
 * none.
 */
#include "timer.h"

#include <errno.h>

#include "../real.h"
#include "../signals.h"
#include "../sys.h"

#define TIMERS_MAX 256u
#define ITIMERS 3u /* the first places: ITIMER_REAL, _VIRTUAL, _PROF; timer_t is a place behind */

struct timer {
    bool used;
    bool expires; /* its clock moves */
    clockid_t clock;
    uint64_t deadline_ns; /* next expiration; RT_NO_DEADLINE: not armed */
    uint64_t interval_ns; /* 0: once */
    uint64_t left_ns;     /* of one that does not expire: what was set */
    int signo;            /* 0: none is sent */
    uint32_t target;      /* a thread, or RT_SIGNAL_PROCESS */
    union sigval value;
    int overrun;       /* of the signal that was sent last */
    int taken_overrun; /* of the one that was delivered last */
};

static struct timer timers[TIMERS_MAX] = {
    [ITIMER_REAL] = { .expires = true, .deadline_ns = RT_NO_DEADLINE, .signo = SIGALRM },
    [ITIMER_VIRTUAL] = { .deadline_ns = RT_NO_DEADLINE, .signo = SIGVTALRM },
    [ITIMER_PROF] = { .deadline_ns = RT_NO_DEADLINE, .signo = SIGPROF },
};
static uint32_t timers_bound = ITIMERS; /* all that were ever made are below */

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

static int failed(int error)
{
    errno = error;
    return -1;
}

static uint32_t target_of(const struct timer *timer)
{
    return timer < &timers[ITIMERS] ? RT_SIGNAL_PROCESS : timer->target;
}

static bool is_heard(const struct timer *timer)
{
    return timer->signo == 0 || (!rt_signal_is_dropped(timer->signo, target_of(timer)) &&
                                 !rt_signal_is_pending(timer->signo, target_of(timer)));
}

uint64_t rt_timers_next(void)
{
    uint64_t next_ns = RT_NO_DEADLINE;
    for (uint32_t at = 0; at < timers_bound; at++) {
        const struct timer *timer = &timers[at];
        if (timer->deadline_ns < next_ns && timer->signo != 0 && is_heard(timer)) {
            next_ns = timer->deadline_ns;
        }
    }
    return next_ns;
}

/* `count` expirations at once. */
static void timer_send(struct timer *timer, uint64_t count)
{
    siginfo_t info = { .si_signo = timer->signo, .si_code = SI_KERNEL };
    uint32_t target = target_of(timer);
    int more = count > INT32_MAX ? INT32_MAX : (int)count;
    if (timer >= &timers[ITIMERS]) {
        if (rt_signal_is_pending(timer->signo, target)) {
            timer->overrun += more;
            rt_signal_overrun(timer->signo, target, timer->overrun);
            return;
        }
        timer->overrun = more - 1;
        info.si_code = SI_TIMER;
        info.si_timerid = (int)(timer - timers);
        info.si_overrun = timer->overrun;
        info.si_value = timer->value;
    }
    if (rt_signal_is_dropped(timer->signo, target)) {
        return;
    }
    rt_trace_place(RT_ACTOR_CLOCK, RT_OP_SIGNAL, NULL, NULL, timer->signo);
    if (rt_signal_send(timer->signo, target, &info, -1) != 0) {
        rt_stop(RT_STOP_UNSUPPORTED, NULL, "more than 1024 signals are pending", "", "");
    }
    if (rt_signals.chosen != RT_SIGNAL_PROCESS) {
        rt_trace_result((int32_t)(rt_signals.chosen + 1) << 8 | timer->signo);
    }
}

void rt_timers_refresh(void)
{
    for (uint32_t at = 0; at < timers_bound; at++) {
        struct timer *timer = &timers[at];
        if (timer->deadline_ns > rt.now_ns) {
            continue;
        }
        uint64_t count = 1;
        if (timer->interval_ns != 0) {
            count += (rt.now_ns - timer->deadline_ns) / timer->interval_ns;
            timer->deadline_ns += count * timer->interval_ns;
        } else {
            timer->deadline_ns = RT_NO_DEADLINE;
        }
        if (timer->signo != 0) {
            timer_send(timer, count);
        }
    }
}

void rt_timer_taken(int timer, int overrun)
{
    if (timer >= (int)ITIMERS && timer < (int)TIMERS_MAX) {
        timers[timer].taken_overrun = overrun;
    }
}

void rt_timers_round(void)
{
    if (!rt.timers_used && timers_bound == ITIMERS) {
        return;
    }
    for (uint32_t at = 0; at < timers_bound; at++) {
        timers[at].deadline_ns = RT_NO_DEADLINE;
        timers[at].interval_ns = timers[at].left_ns = 0;
        timers[at].used = false;
    }
    timers_bound = ITIMERS;
}

static uint64_t timer_left(const struct timer *timer)
{
    if (!timer->expires) {
        return timer->left_ns;
    }
    if (timer->deadline_ns == RT_NO_DEADLINE) {
        return 0;
    }
    return timer->deadline_ns > rt.now_ns ? timer->deadline_ns - rt.now_ns : 1;
}

static struct itimerspec timer_read(const struct timer *timer)
{
    return (struct itimerspec){ to_timespec(timer->interval_ns), to_timespec(timer_left(timer)) };
}

void rt_timers_exec(void)
{
    struct itimerspec left = timer_read(&timers[ITIMER_REAL]);
    struct itimerval setting = {
        { left.it_interval.tv_sec, left.it_interval.tv_nsec / 1000 },
        { left.it_value.tv_sec, left.it_value.tv_nsec / 1000 },
    };
    if (to_ns(&left.it_value) != 0) {
        (void)RT_SYS3(SYS_setitimer, ITIMER_REAL, &setting, NULL);
    }
}

/* The step has been taken; the times are valid. */
static void timer_set(struct rt_thread *self, struct timer *timer, bool absolute,
                      const struct itimerspec *setting, struct itimerspec *out_before)
{
    rt_timers_refresh();
    if (out_before != NULL) {
        *out_before = timer_read(timer);
    }
    rt.timers_used = true;
    timer->interval_ns = to_ns(&setting->it_interval);
    timer->left_ns = to_ns(&setting->it_value);
    timer->deadline_ns = RT_NO_DEADLINE;
    if (timer->left_ns != 0 && timer->expires) {
        if (absolute) {
            (void)rt_clock_deadline(timer->clock, &setting->it_value, &timer->deadline_ns);
        } else {
            (void)rt_clock_timeout(&setting->it_value, &timer->deadline_ns);
        }
    }
    rt_timers_refresh();
    rt_signals_settle(self);
}

/* ---- ITIMER_REAL and its kin ---- */

/* In microseconds, which is what these calls go by; the time that was left. */
static uint64_t itimer_set(struct rt_thread *self, uint64_t value_us, uint64_t interval_us)
{
    struct itimerspec setting = { to_timespec(interval_us * 1000), to_timespec(value_us * 1000) };
    struct itimerspec before;
    timer_set(self, &timers[ITIMER_REAL], false, &setting, &before);
    return (to_ns(&before.it_value) + 999) / 1000;
}

unsigned alarm(unsigned seconds)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(alarm, seconds);
    }
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    uint64_t left_us = itimer_set(self, (uint64_t)seconds * 1000000, 0);
    /* As the kernel rounds: never down to nothing. */
    return (unsigned)(left_us / 1000000 +
                      ((left_us > 0 && left_us < 1000000) || left_us % 1000000 >= 500000));
}

unsigned ualarm(unsigned value, unsigned interval)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(ualarm, value, interval);
    }
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    return (unsigned)itimer_set(self, value, interval);
}

static struct timeval to_timeval(const struct timespec *time)
{
    uint64_t time_us = (to_ns(time) + 999) / 1000;
    return (struct timeval){ (time_t)(time_us / 1000000), (suseconds_t)(time_us % 1000000) };
}

static struct timespec from_timeval(const struct timeval *time)
{
    bool valid = time->tv_usec >= 0 && time->tv_usec < 1000000;
    return (struct timespec){ time->tv_sec, valid ? time->tv_usec * 1000 : -1 };
}

static void itimer_out(const struct itimerspec *setting, struct itimerval *out)
{
    out->it_interval = to_timeval(&setting->it_interval);
    out->it_value = to_timeval(&setting->it_value);
}

int setitimer(__itimer_which_t which, const struct itimerval *restrict setting,
              struct itimerval *restrict out_before)
{
    struct itimerspec wanted = { 0 };
    struct itimerspec before;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(setitimer, which, setting, out_before);
    }
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    if (setting != NULL) {
        wanted.it_interval = from_timeval(&setting->it_interval);
        wanted.it_value = from_timeval(&setting->it_value);
    }
    if ((unsigned)which >= ITIMERS || !time_valid(&wanted.it_value) ||
        !time_valid(&wanted.it_interval)) {
        return failed(EINVAL);
    }
    timer_set(self, &timers[which], false, &wanted, &before);
    if (out_before != NULL) {
        itimer_out(&before, out_before);
    }
    return 0;
}

int getitimer(__itimer_which_t which, struct itimerval *out_setting)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(getitimer, which, out_setting);
    }
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    if ((unsigned)which >= ITIMERS) {
        return failed(EINVAL);
    }
    rt_timers_refresh();
    struct itimerspec setting = timer_read(&timers[which]);
    itimer_out(&setting, out_setting);
    rt_signals_settle(self);
    return 0;
}

/* ---- timer_create ---- */

static struct timer *timer_find(timer_t id)
{
    uintptr_t at = (uintptr_t)id;
    return at >= ITIMERS && at < TIMERS_MAX && timers[at].used ? &timers[at] : NULL;
}

/* The thread of the program with this kernel id; RT_SIGNAL_PROCESS: there is none. */
static uint32_t thread_by_tid(int tid)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        if (rt.threads[rt.live[at]].tid == tid) {
            return rt.live[at];
        }
    }
    return RT_SIGNAL_PROCESS;
}

/* 0, or an errno. */
static int timer_notifies(struct rt_thread *self, struct timer *timer, uint32_t id,
                          const struct sigevent *event)
{
    timer->signo = SIGALRM;
    timer->target = RT_SIGNAL_PROCESS;
    timer->value.sival_ptr = (void *)(uintptr_t)id; /* libc's default is the timer's id */
    if (event == NULL) {
        return 0;
    }
    timer->signo = event->sigev_notify == SIGEV_NONE ? 0 : event->sigev_signo;
    timer->value = event->sigev_value;
    switch (event->sigev_notify) {
    case SIGEV_NONE:
        return 0;
    case SIGEV_THREAD_ID:
        timer->target = thread_by_tid(event->_sigev_un._tid);
        if (timer->target == RT_SIGNAL_PROCESS) {
            return EINVAL;
        }
        break;
    case SIGEV_SIGNAL:
        break;
    case SIGEV_THREAD:
        rt_stop(RT_STOP_UNSUPPORTED, self, "timer_create with SIGEV_THREAD", "", "");
    default:
        return EINVAL;
    }
    return timer->signo < 1 || timer->signo > RT_SIGNALS_COUNT ? EINVAL : 0;
}

int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict out_id)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(timer_create, clock, event, out_id);
    }
    struct timespec resolution;
    uint32_t at = ITIMERS;
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    while (at < TIMERS_MAX && timers[at].used) {
        at++;
    }
    if (at == TIMERS_MAX) {
        return failed(EAGAIN);
    }
    clock = clock == CLOCK_REALTIME_ALARM   ? CLOCK_REALTIME
            : clock == CLOCK_BOOTTIME_ALARM ? CLOCK_BOOTTIME
                                            : clock;
    bool moves = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
                 clock == CLOCK_TAI;
    if (!moves && RT_SYS2(SYS_clock_getres, clock, &resolution) != 0) {
        return failed(EINVAL);
    }
    struct timer timer = {
        .used = true, .expires = moves, .clock = clock, .deadline_ns = RT_NO_DEADLINE
    };
    int error = timer_notifies(self, &timer, at, event);
    if (error != 0) {
        return failed(error);
    }
    timers[at] = timer;
    timers_bound = timers_bound <= at ? at + 1 : timers_bound;
    *out_id = (timer_t)(uintptr_t)at;
    return 0;
}

int timer_settime(timer_t id, int flags, const struct itimerspec *restrict setting,
                  struct itimerspec *restrict out_before)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(timer_settime, id, flags, setting, out_before);
    }
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    struct timer *timer = timer_find(id);
    if (timer == NULL || setting == NULL || !time_valid(&setting->it_value) ||
        !time_valid(&setting->it_interval)) {
        return failed(EINVAL);
    }
    timer_set(self, timer, (flags & TIMER_ABSTIME) != 0, setting, out_before);
    return 0;
}

int timer_gettime(timer_t id, struct itimerspec *out_setting)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(timer_gettime, id, out_setting);
    }
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    const struct timer *timer = timer_find(id);
    if (timer == NULL) {
        return failed(EINVAL);
    }
    rt_timers_refresh();
    *out_setting = timer_read(timer);
    rt_signals_settle(self);
    return 0;
}

int timer_getoverrun(timer_t id)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(timer_getoverrun, id);
    }
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    const struct timer *timer = timer_find(id);
    return timer != NULL ? timer->taken_overrun : failed(EINVAL);
}

int timer_delete(timer_t id)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(timer_delete, id);
    }
    rt_step(self, RT_OP_TIMER, NULL, RT_FRAME);
    struct timer *timer = timer_find(id);
    if (timer == NULL) {
        return failed(EINVAL);
    }
    *timer = (struct timer){ .deadline_ns = RT_NO_DEADLINE };
    return 0;
}
