/* SPDX-License-Identifier: MIT
 *
 * Ten minutes by every clock there is: alarm, a timerfd in an epoll loop, and a sleep.  Prints when
 * what came, in seconds from the start.
 */
#include "common.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static time_t start;

static time_t now_s(void)
{
    struct timespec now;
    OK(clock_gettime(CLOCK_MONOTONIC, &now));
    return now.tv_sec;
}

static void say(const char *what)
{
    OK(pthread_mutex_lock(&lock));
    printf("%s at %ld s\n", what, (long)(now_s() - start));
    OK(pthread_mutex_unlock(&lock));
}

static void *accepts_alarm(void *unused)
{
    sigset_t set;
    int signo;
    OK(sigemptyset(&set));
    OK(sigaddset(&set, SIGALRM));
    MUST(alarm(90) == 0);
    OK(sigwait(&set, &signo));
    say("alarm");
    return unused;
}

static void *polls(void *unused)
{
    struct itimerspec setting = { { 240, 0 }, { 240, 0 } };
    struct epoll_event event = { .events = EPOLLIN };
    uint64_t count;
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    int loop = epoll_create1(0);
    MUST(timer >= 0 && loop >= 0);
    OK(timerfd_settime(timer, 0, &setting, NULL));
    OK(epoll_ctl(loop, EPOLL_CTL_ADD, timer, &event));
    MUST(epoll_wait(loop, &event, 1, 30000) == 0);
    say("epoll_wait without an event");
    for (int round = 0; round < 2; round++) {
        MUST(epoll_wait(loop, &event, 1, -1) == 1);
        MUST(read(timer, &count, sizeof count) == sizeof count && count == 1);
        say("timerfd");
    }
    OK(close(loop));
    OK(close(timer));
    return unused;
}

int main(void)
{
    sigset_t set;
    start = now_s();
    OK(sigemptyset(&set));
    OK(sigaddset(&set, SIGALRM));
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
    pthread_t one = thread_start(accepts_alarm, NULL);
    pthread_t other = thread_start(polls, NULL);
    MUST(sleep(600) == 0);
    say("sleep");
    thread_join(one);
    thread_join(other);
    return 0;
}
