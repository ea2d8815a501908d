/* SPDX-License-Identifier: MIT
 *
 * workers_defects.c -- workers that break one rule each, on purpose and in every execution.
 *
 * `skip` and `twice` are flags of kinds.h: their cleanups are registered not at all, and twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

/* Waits for what never comes, deaf to the stop and to all signals. */
_Noreturn static void wait_for_ever(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

    (void)pthread_mutex_lock(&lock);
    for (;;) {
        (void)pthread_cond_wait(&never, &lock);
    }
}

static int run_ignore(struct worker *worker)
{
    worker_rounded(worker);
    wait_for_ever();
}

/* Its group is never asked nor joined, so it is alive when main returns. */
static int run_abandon(struct worker *worker)
{
    (void)worker;
    wait_for_ever();
}

static int run_lag(struct worker *worker)
{
    struct timespec left = { .tv_sec = 4 };

    worker_rounded(worker);
    worker_await_stop(worker);
    while (nanosleep(&left, &left) != 0) {
    }
    return 0;
}

/* skip and twice: nothing wrong but their cleanups. */
static int run_until_stop(struct worker *worker)
{
    worker_rounded(worker);
    worker_await_stop(worker);
    return 0;
}

static int run_crash(struct worker *worker)
{
    worker_rounded(worker);
    worker_await_stop(worker);
    abort();
}

static int run_status(struct worker *worker)
{
    worker_rounded(worker);
    worker_await_stop(worker);
    atomic_store(&program.status, 3);
    return 0;
}

static int run_litter(struct worker *worker)
{
    char path[32];
    int fd;

    (void)snprintf(path, sizeof path, "%s.tmp", worker->name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        program_lacks(worker->name, errno);
    }
    (void)close(fd); /* Nothing was written. */
    return run_until_stop(worker);
}

/* ---- race: from the setter's creation on the worker synchronises with nobody, so that the plain
 * write happens neither before nor after any of its reads, however the threads run. ---- */

struct racer {
    struct worker base;
    int flag; /* the defect: plain, written by the setter and read by the worker */
};

static void *set_flag(void *context)
{
    struct racer *racer = context;

    worker_await_stop(&racer->base);
    racer->flag = 1;
    return NULL;
}

static int run_race(struct worker *worker)
{
    struct racer *racer = (struct racer *)worker;
    pthread_t setter;
    int status;

    worker_rounded(worker);
    status = pthread_create(&setter, NULL, set_flag, racer);
    if (status != 0) {
        program_lacks(worker->name, status);
    }
    while (racer->flag == 0) {
        nap(&worker->random, 300, 1500);
    }
    (void)pthread_join(setter, NULL);
    return 0;
}

const struct worker_ops worker_ops_defects[KIND_COUNT] = {
    [KIND_IGNORE] = { .run = run_ignore },
    [KIND_LAG] = { .run = run_lag },
    [KIND_SKIP] = { .run = run_until_stop },
    [KIND_TWICE] = { .run = run_until_stop },
    [KIND_RACE] = { .size_bytes = sizeof(struct racer), .run = run_race },
    [KIND_ABANDON] = { .run = run_abandon },
    [KIND_CRASH] = { .run = run_crash },
    [KIND_STATUS] = { .run = run_status },
    [KIND_LITTER] = { .run = run_litter },
};
