/* SPDX-License-Identifier: MIT
 *
 * Timers that send signals: the same natively, where all of it takes a quarter of a second.
 */
#include "common.h"

#include <signal.h>
#include <sys/time.h>

#define MS UINT64_C(1000000)

static volatile sig_atomic_t rung;
static siginfo_t last;

static void on_alarm(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    rung++;
    last = *info;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    OK(clock_gettime(CLOCK_MONOTONIC, &now));
    return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

static void handle(int signo, int flags)
{
    struct sigaction action = { .sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | flags };
    OK(sigaction(signo, &action, NULL));
}

/* The kernel's rounding, and that a new one replaces the old one.  Virtual time may pass at any
 * moment. */
static void alarms(void)
{
    unsigned left;
    MUST(alarm(100) == 0);
    left = alarm(7);
    MUST(left == 100 || rung > 0);
    left = alarm(0);
    MUST(left == 7 || rung > 0);
    MUST(alarm(0) == 0);
    rung = 0;
    MUST(ualarm(900000, 0) == 0);
    left = alarm(0);
    MUST(left == 1 || rung > 0);
    rung = 0;
    sigset_t blocked;
    sigset_t old;
    OK(sigemptyset(&blocked));
    OK(sigaddset(&blocked, SIGALRM));
    OK(pthread_sigmask(SIG_BLOCK, &blocked, &old));
    uint64_t from = now_ns();
    MUST(ualarm(20000, 0) == 0);
    while (rung == 0) {
        MUST(sigsuspend(&old) == -1 && errno == EINTR);
    }
    OK(pthread_sigmask(SIG_SETMASK, &old, NULL));
    MUST(now_ns() - from >= 20 * MS && rung == 1 && last.si_code == SI_KERNEL);
    rung = 0;
}

static void itimers(void)
{
    struct itimerval setting = { { 0, 10000 }, { 0, 20000 } };
    struct itimerval before;
    struct timespec long_sleep = { 500, 0 };
    uint64_t from = now_ns();
    OK(setitimer(ITIMER_REAL, &setting, NULL));
    OK(getitimer(ITIMER_REAL, &before));
    MUST(before.it_interval.tv_usec == 10000 && before.it_value.tv_usec > 0 &&
         (before.it_value.tv_usec <= 20000 || rung > 0));
    while (rung < 3) { /* at 20, 30 and 40 ms */
        MUST(nanosleep(&long_sleep, NULL) == -1 && errno == EINTR);
    }
    MUST(now_ns() - from >= 40 * MS);
    setting = (struct itimerval){ 0 };
    OK(setitimer(ITIMER_REAL, &setting, &before));
    MUST(before.it_interval.tv_usec == 10000);
    OK(getitimer(ITIMER_REAL, &before));
    MUST(before.it_value.tv_sec == 0 && before.it_value.tv_usec == 0);
    MUST(setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 1000000 } }, NULL) == -1 &&
         errno == EINVAL);
    rung = 0;
}

/* Expirations that nobody takes are counted. */
static void overruns(int signo)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = signo };
    struct itimerspec setting = { { 0, 5 * (long)MS }, { 0, 5 * (long)MS } };
    struct timespec sleep = { 0, 52 * (long)MS };
    siginfo_t info;
    sigset_t set;
    timer_t timer;
    event.sigev_value.sival_int = 42;
    OK(sigemptyset(&set));
    OK(sigaddset(&set, signo));
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
    OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    OK(timer_settime(timer, 0, &setting, NULL));
    OK(nanosleep(&sleep, NULL));
    MUST(sigwaitinfo(&set, &info) == signo);
    MUST(info.si_code == SI_TIMER && info.si_value.sival_int == 42 && info.si_overrun >= 9);
    MUST(timer_getoverrun(timer) == info.si_overrun);
    OK(timer_delete(timer));
    while (sigtimedwait(&set, &info, &(struct timespec){ 0 }) > 0) {
    }
    MUST(timer_settime(timer, 0, &setting, NULL) == -1 && errno == EINVAL);
    OK(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

/* Absolute, in the past: at once, and the call runs the handler before it returns. */
static void absolute(void)
{
    struct itimerspec setting = { { 0, 0 }, { 1, 0 } };
    timer_t timer;
    OK(timer_create(CLOCK_REALTIME, NULL, &timer));
    OK(timer_settime(timer, TIMER_ABSTIME, &setting, NULL));
    while (rung == 0) {
        (void)sched_yield();
    }
    MUST(last.si_code == SI_TIMER && last.si_overrun == 0);
    OK(timer_gettime(timer, &setting));
    MUST(setting.it_value.tv_sec == 0 && setting.it_value.tv_nsec == 0);
    OK(timer_delete(timer));
    rung = 0;
}

/* Nobody is told, but the time goes on. */
static void silent(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_NONE };
    struct itimerspec setting = { { 0, 0 }, { 1000, 0 } };
    timer_t timer;
    OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    OK(timer_settime(timer, 0, &setting, NULL));
    OK(usleep(1000));
    OK(timer_gettime(timer, &setting));
    MUST(setting.it_value.tv_sec <= 999);
    OK(timer_delete(timer));
    MUST(timer_create(77, NULL, &timer) == -1 && errno == EINVAL);
}

static void *waits_for_its_own(void *unused)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
    struct itimerspec setting = { { 0, 0 }, { 0, 10 * (long)MS } };
    siginfo_t info;
    sigset_t set;
    timer_t timer;
    event._sigev_un._tid = gettid();
    OK(sigemptyset(&set));
    OK(sigaddset(&set, SIGUSR1));
    OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    OK(timer_settime(timer, 0, &setting, NULL));
    MUST(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_code == SI_TIMER);
    OK(timer_delete(timer));
    return unused;
}

int main(void)
{
    sigset_t set;
    handle(SIGALRM, 0);
    alarms();
    itimers();
    overruns(SIGRTMIN + 1);
    overruns(SIGUSR2);
    absolute();
    silent();
    OK(sigemptyset(&set));
    OK(sigaddset(&set, SIGUSR1));
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
    pthread_t one = thread_start(waits_for_its_own, NULL);
    pthread_t other = thread_start(waits_for_its_own, NULL);
    thread_join(one);
    thread_join(other);
    return 0;
}
