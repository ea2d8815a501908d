/* SPDX-License-Identifier: MIT
 *
 * planted.c -- eleven defects that a signal must meet at one moment, from shallow to deep, for
 * scripts/bench fuzz.
 *
 *     planted NAME         with the defect: it hangs or aborts, if it is met
 *     planted NAME good    the twin without it
 *     planted --list       NAME, plan of signals, and what has to come together
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool bad = true; /* read-only after the start */
static atomic_int stop;
static atomic_int broken;

static void on_stop(int signo)
{
    stop = signo;
}

static void handle(int signo, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    (void)sigaction(signo, &action, NULL);
}

static void mask(int how, int signo)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, signo);
    (void)pthread_sigmask(how, &set, NULL);
}

static pthread_t start(void *(*run)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, NULL) != 0) {
        _exit(9);
    }
    return thread;
}

static void join(pthread_t thread)
{
    (void)pthread_join(thread, NULL);
}

/* Without a gap between the look and the wait. */
static void wait_for(const atomic_int *flag)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (!*flag) {
        (void)sigsuspend(&before);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void nap(void)
{
    (void)nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

/* ---- one signal ---- */

static void gap(void)
{
    handle(SIGTERM, on_stop);
    if (!bad) {
        wait_for(&stop);
    }
    while (!stop) {
        (void)pause();
    }
}

/* It polls, and only waits for good when nothing has come for a while. */
static void late_gap(void)
{
    handle(SIGTERM, on_stop);
    for (int round = 0; round < 30 && !stop; round++) {
        nap();
    }
    if (!bad) {
        wait_for(&stop);
    }
    while (!stop) {
        (void)pause();
    }
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static atomic_int work;

static void *waits(void *unused)
{
    for (int round = 0; round < 10; round++) {
        work++;
    }
    (void)pthread_mutex_lock(&lock);
    while (!stop) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
    return unused;
}

/* Told without the mutex: between the worker's look and its wait, that is lost. */
static void wake(void)
{
    int signo;
    sigset_t set;
    mask(SIG_BLOCK, SIGTERM);
    pthread_t worker = start(waits);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigwait(&set, &signo);
    if (!bad) {
        (void)pthread_mutex_lock(&lock);
    }
    stop = 1;
    (void)pthread_cond_signal(&changed);
    if (!bad) {
        (void)pthread_mutex_unlock(&lock);
    }
    join(worker);
}

/* ---- one signal and preemptions ---- */

static atomic_int queued;
static atomic_int taken;

static void *produces(void *unused)
{
    for (int item = 0; item < 8 && !stop; item++) {
        if (!bad) {
            (void)pthread_mutex_lock(&lock);
        }
        if (!stop) {
            queued++;
        }
        if (!bad) {
            (void)pthread_mutex_unlock(&lock);
        }
    }
    return unused;
}

static void *drains(void *unused)
{
    while (!stop) {
        nap();
    }
    (void)pthread_mutex_lock(&lock);
    taken = queued;
    (void)pthread_mutex_unlock(&lock);
    return unused;
}

/* An item that is queued behind the last look at the queue stays there. */
static void item(void)
{
    handle(SIGTERM, on_stop);
    pthread_t producer = start(produces);
    pthread_t consumer = start(drains);
    join(producer);
    join(consumer);
    broken = taken != queued && (bad || taken > queued);
}

static atomic_int cleaned;
static atomic_int cleanups;

static void clean(void)
{
    int none = 0;
    if (bad ? cleaned == 0 : atomic_compare_exchange_strong(&cleaned, &none, 1)) {
        cleaned = 1;
        cleanups++;
    }
}

static void *works(void *unused)
{
    for (int round = 0; round < 40 && !stop; round++) {
        work++;
    }
    if (stop) {
        clean();
    }
    return unused;
}

/* Whoever sees the stop first is to clean up: both may think that they do. */
static void both(void)
{
    handle(SIGTERM, on_stop);
    pthread_t worker = start(works);
    for (int round = 0; round < 20 && !stop; round++) {
        work++;
    }
    if (stop) {
        clean();
    }
    join(worker);
    broken = cleanups > 1;
}

static atomic_int ready;
static atomic_int token;

static void *hands_over(void *unused)
{
    for (int round = 0; round < 6; round++) {
        ready = 1;
        token = 1;
        ready = 0;
        token = 0;
    }
    return unused;
}

static void *takes_over(void *unused)
{
    for (int round = 0; round < 6; round++) {
        int before = stop;
        if (ready && !token && !before && stop) {
            broken = bad;
        }
    }
    return unused;
}

/* The giver is in the middle, and the stop comes between two looks of the taker. */
static void handover(void)
{
    handle(SIGTERM, on_stop);
    pthread_t giver = start(hands_over);
    pthread_t taker = start(takes_over);
    join(giver);
    join(taker);
}

/* ---- two signals ---- */

static atomic_int last;

static void on_any(int signo)
{
    int none = 0;
    if (!bad && signo == SIGHUP) { /* never in the place of a TERM */
        (void)atomic_compare_exchange_strong(&last, &none, SIGHUP);
    } else {
        last = signo;
    }
}

/* A TERM that comes while HUP is looked at is overwritten. */
static void overwritten(void)
{
    handle(SIGHUP, on_any);
    handle(SIGTERM, on_any);
    for (;;) {
        wait_for(&last);
        int got = bad ? last : atomic_exchange(&last, 0);
        for (int round = 0; got == SIGHUP && round < 3; round++) {
            work++;
        }
        if (got == SIGTERM) {
            return;
        }
        if (bad) {
            last = 0;
        }
    }
}

static atomic_int count;
static atomic_int came;

static void on_count(int signo)
{
    (void)signo;
    if (bad) {
        int now = count;
        count = now + 1;
    } else {
        count++;
    }
    came++;
}

static void *idles(void *unused)
{
    while (came < 2) {
        nap();
    }
    return unused;
}

/* Two threads that handle one each at the same time count one. */
static void counted(void)
{
    handle(SIGUSR1, on_count);
    handle(SIGUSR2, on_count);
    pthread_t worker = start(idles);
    while (came < 2) {
        nap();
    }
    join(worker);
    broken = count < 2;
}

static atomic_int half;

static void on_second(int signo)
{
    if (stop != 0 && half != 0) {
        broken = bad;
    }
    stop = signo;
}

static void *writes(void *unused)
{
    while (!stop) {
        nap();
    }
    for (int round = 0; round < 12; round++) {
        work++;
    }
    half = 1;
    half = 0;
    for (int round = 0; round < 12; round++) {
        work++;
    }
    return unused;
}

/* The second comes while the stop that the first began is half written. */
static void half_written(void)
{
    handle(SIGTERM, on_second);
    handle(SIGINT, on_second);
    join(start(writes));
}

static atomic_int state;
static atomic_int armed;

static void on_stage(int signo)
{
    if (signo == SIGHUP && state == 3) {
        armed = 1;
    }
    if (signo == SIGTERM && state == 7 && armed) {
        broken = bad;
    }
}

static void *cycles(void *unused)
{
    for (int round = 0; round < 20; round++) {
        state = round % 10;
    }
    return unused;
}

/* Each has to come in a state of its own. */
static void stages(void)
{
    handle(SIGHUP, on_stage);
    handle(SIGTERM, on_stage);
    join(start(cycles));
}

/* ---- four signals ---- */

static atomic_int forked;
static atomic_int drained;
static atomic_int reloaded;

static void on_upgrade(int signo)
{
    if (signo == SIGUSR2 && state == 3) {
        forked = 1;
    }
    if (signo == SIGWINCH && forked && state == 1) {
        drained = 1;
    }
    if (signo == SIGHUP && drained && state == 5) {
        reloaded = 1;
    }
    if (signo == SIGTERM && reloaded && state == 2) {
        broken = bad;
    }
}

static void *serves(void *unused)
{
    for (int round = 0; round < 60; round++) {
        state = round % 6;
    }
    return unused;
}

/* Upgrades itself while it runs, as web servers do: signal by signal, each in a state of its
 * own. */
static void upgrade(void)
{
    handle(SIGUSR2, on_upgrade);
    handle(SIGWINCH, on_upgrade);
    handle(SIGHUP, on_upgrade);
    handle(SIGTERM, on_upgrade);
    join(start(serves));
}

/* ---- which ---- */

static const struct {
    const char *name;
    const char *plan;
    const char *needs;
    void (*run)(void);
} defects[] = {
    { "gap", "TERM", "a signal between look and wait", gap },
    { "late_gap", "TERM", "the same, after a while", late_gap },
    { "wake", "TERM", "a signal, and a preemption between look and wait", wake },
    { "item", "TERM", "a signal and two preemptions", item },
    { "both", "TERM", "a signal and two preemptions", both },
    { "handover", "TERM", "a signal and two preemptions, in one step each", handover },
    { "overwritten", "HUP,TERM", "two signals, the second in a window", overwritten },
    { "counted", "USR1,USR2", "two signals in two threads, and a preemption", counted },
    { "half_written", "TERM,INT", "two signals, the second in one step", half_written },
    { "stages", "HUP,TERM", "two signals, in one step each", stages },
    { "upgrade", "USR2,WINCH,HUP,TERM", "four signals, in one step each", upgrade },
};

int main(int argc, char **argv)
{
    for (size_t at = 0; argc > 1 && at < sizeof defects / sizeof defects[0]; at++) {
        if (strcmp(argv[1], "--list") == 0) {
            (void)printf("%s\t%s\t%s\n", defects[at].name, defects[at].plan, defects[at].needs);
        } else if (strcmp(argv[1], defects[at].name) == 0) {
            bad = argc == 2;
            defects[at].run();
            if (broken) {
                abort();
            }
        }
    }
    return argc > 1 ? 0 : 2;
}
