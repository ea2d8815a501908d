/* SPDX-License-Identifier: MIT
 *
 * workers_basic.c -- workers that need nothing but their own stop.
 */
#include <errno.h>
#include <stdio.h>

#include "program.h"

/* Something to do that the compiler keeps. */
static uint32_t compute(struct random_stream *random, uint32_t rounds)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < rounds; i++) {
        sum ^= (uint32_t)random_next(random);
    }
    return sum;
}

/* An interruptible sleep; true: asked to stop. */
static bool sleep_or_stop(struct worker *worker, uint32_t low_us, uint32_t high_us)
{
    uint64_t for_us = random_between(&worker->random, low_us, high_us);
    int status = curfew_stop_wait(worker_stop(worker), curfew_deadline_after(for_us * 1000));

    if (status != 0 && status != -ETIMEDOUT) {
        program_lacks(worker->name, -status);
    }
    return status == 0;
}

static int run_poll(struct worker *worker)
{
    while (!curfew_worker_stopping(worker->self)) {
        (void)compute(&worker->random, 16);
        worker_rounded(worker);
        nap(&worker->random, 300, 1500);
    }
    return 0;
}

/* Sometimes far longer than any execution lasts: only the stop can end that sleep. */
static int run_wait(struct worker *worker)
{
    static const uint32_t sleeps_us[] = { 200, 2000, 600u * 1000 * 1000 };
    bool asked = false;

    while (!asked) {
        uint32_t for_us = sleeps_us[random_between(&worker->random, 0, 2)];
        worker_rounded(worker);
        asked = sleep_or_stop(worker, for_us, for_us);
    }
    return 0;
}

static int run_cpu(struct worker *worker)
{
    uint32_t sum = 0;

    while (!curfew_worker_stopping(worker->self)) {
        sum ^= compute(&worker->random, random_between(&worker->random, 10000, 50000));
        worker_rounded(worker);
    }
    return sum == 0 && worker->random.state == 0 ? -1 : 0; /* never; but sum is needed */
}

static int run_stages(struct worker *worker)
{
    for (unsigned stage = 0; stage < 4 && !curfew_worker_stopping(worker->self); stage++) {
        nap(&worker->random, 100, 1000);
        worker_rounded(worker);
    }
    return 0;
}

static int run_early(struct worker *worker)
{
    (void)compute(&worker->random, random_between(&worker->random, 1, 1000));
    return 0;
}

/* Once main has spawned everybody, so that the failure meets all of them. */
static int run_fail(struct worker *worker)
{
    program_wait_started();
    nap(&worker->random, 100, 2000);
    return 1;
}

static int run_exit(struct worker *worker)
{
    worker_rounded(worker);
    worker_await_stop(worker);
    pthread_exit(NULL);
}

static int run_daemon(struct worker *worker)
{
    while (!sleep_or_stop(worker, 300, 1500)) {
        (void)compute(&worker->random, 16);
    }
    return 0;
}

/* Its children are refused once the stop has come, and then there is nothing left for them to
 * do. */
static int run_spawn(struct worker *worker)
{
    static const enum scenario_kind kinds[] = { KIND_POLL, KIND_WAIT, KIND_EARLY };
    char name[sizeof worker->name];

    for (unsigned child = 1; child <= 2; child++) {
        (void)sleep_or_stop(worker, 100, 2000);
        (void)snprintf(name, sizeof name, "%.16s.%u", worker->name, child);
        enum scenario_kind kind = kinds[random_between(&worker->random, 0, 2)];
        (void)program_spawn(program_worker_new(kind, child, name));
    }
    worker_rounded(worker);
    worker_await_stop(worker);
    return 0;
}

static int run_stop(struct worker *worker)
{
    program_wait_started();
    nap(&worker->random, 100, 2000);
    program_request_stop(CURFEW_REASON_REQUEST);
    return 0;
}

static void clean_slowly(void *context)
{
    struct worker *worker = context;

    program_cleanup_begins();
    nap(&worker->random, 20000, 40000);
}

static int run_slow(struct worker *worker)
{
    worker_defer(worker, clean_slowly, worker);
    worker_rounded(worker);
    worker_await_stop(worker);
    return 0;
}

/* The worker's own stop is the flag. */
static int run_flag(struct worker *worker)
{
    const struct curfew_stop *flag = worker_stop(worker);

    while (!curfew_stop_is_requested(flag)) {
        worker_rounded(worker);
        nap(&worker->random, 300, 1500);
    }
    return 0;
}

/* ---- class: the usual shape of an object that is a worker ---- */

struct ticker {
    struct worker base;
    unsigned ticks;
    void (*tick)(struct ticker *ticker);
};

static void tick_once(struct ticker *ticker)
{
    ticker->ticks++;
    worker_rounded(&ticker->base);
}

static void prepare_class(struct worker *worker)
{
    struct ticker *ticker = (struct ticker *)worker;

    ticker->tick = tick_once;
}

static int run_class(struct worker *worker)
{
    struct ticker *ticker = (struct ticker *)worker;

    do {
        ticker->tick(ticker);
    } while (!sleep_or_stop(worker, 300, 1500));
    return 0;
}

/* ---- phase: nobody of a later phase may be alive when one of an earlier phase is asked ---- */

static unsigned phase_of(const struct worker *worker)
{
    return (worker->number - 1) % program.phases;
}

static void clean_phase(void *context)
{
    program_cleanup_begins();
    (void)atomic_fetch_sub(&program.phase_live[phase_of(context)], 1);
}

/* The worker counts itself, once it is in: whoever spawns it could only count before he knows that
 * it is not refused, and for so long an earlier phase may well be asked. */
static int run_phase(struct worker *worker)
{
    (void)atomic_fetch_add(&program.phase_live[phase_of(worker)], 1);
    worker_defer(worker, clean_phase, worker);
    worker_rounded(worker);
    worker_await_stop(worker);
    if (program.scenario.main_style == MAIN_FLAGS) {
        return 0; /* asked one by one, in no order of phases */
    }
    for (unsigned later = phase_of(worker) + 1; later < program.phases; later++) {
        if (atomic_load(&program.phase_live[later]) != 0) {
            program_broken(worker->name, "asked to stop while a later phase is alive");
        }
    }
    return 0;
}

const struct worker_ops worker_ops_basic[KIND_COUNT] = {
    [KIND_POLL] = { .run = run_poll },
    [KIND_WAIT] = { .run = run_wait },
    [KIND_CPU] = { .run = run_cpu },
    [KIND_STAGES] = { .run = run_stages },
    [KIND_EARLY] = { .run = run_early },
    [KIND_FAIL] = { .run = run_fail },
    [KIND_EXIT] = { .run = run_exit },
    [KIND_DAEMON] = { .run = run_daemon },
    [KIND_SPAWN] = { .run = run_spawn },
    [KIND_STOP] = { .run = run_stop },
    [KIND_SLOW] = { .run = run_slow },
    [KIND_FLAG] = { .run = run_flag },
    [KIND_CLASS] = { sizeof(struct ticker), prepare_class, run_class, NULL },
    [KIND_PHASE] = { .run = run_phase },
};
