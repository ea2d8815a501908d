/* SPDX-License-Identifier: MIT
 *
 * program.c -- curfew-scenario: acts one scenario out.  Its only argument is the scenario's text.
 *
 * Main installs what its style needs, spawns the workers, says READY=1, waits in its style, says
 * STOPPING=1, joins, and ends as the exit policy says.  Nothing bounds the join: whether the
 * program ends in time is for its harness to judge, and a bound of its own would turn a hang into
 * something else.  Workers of the harness's interest owe a debt "cleanup NAME" each, settled by
 * their cleanup.
 *
 * When neither a signal of the plan (signals=none) nor a worker (stop, fail) stops the program, it
 * requests the stop itself: when each worker has done a round of its work, the last of them does.
 *
 * Locks: `registry.lock` guards the list of workers and is held while one is spawned or stopped, so
 * that a worker is either on the list when main goes through it or refused.  It comes before all
 * locks of libcurfew, and no worker takes another lock of the program's while it holds it.
 */
#include "program.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct program program;

static struct {
    pthread_mutex_t lock;
    struct worker *workers[SCENARIO_WORKERS_MAX]; /* guarded by lock; owned */
    uint32_t count;                               /* guarded by lock */
    bool closed;                                  /* guarded by lock; false -> true once */
} registry = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t opened; /* is_open; broadcast only */
    bool is_open;          /* guarded by lock; false -> true once */
} started = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };

static struct curfew_group *strays; /* never joined; static, so that no leak is reported */
static atomic_bool cleanup_began;

_Noreturn void program_lacks(const char *what, int error)
{
    (void)fprintf(stderr, "curfew-scenario: %s: %s\n", what, strerror(error));
    _exit(3);
}

_Noreturn void program_broken(const char *who, const char *what)
{
    (void)fprintf(stderr, "curfew-scenario: broken promise: %s: %s\n", who, what);
    abort();
}

void program_request_stop(int reason)
{
    (void)curfew_stop_request(program.stop, reason); /* May not be the first. */
}

void program_wait_started(void)
{
    (void)pthread_mutex_lock(&started.lock);
    while (!started.is_open) {
        (void)pthread_cond_wait(&started.opened, &started.lock);
    }
    (void)pthread_mutex_unlock(&started.lock);
}

static void program_started(void)
{
    (void)pthread_mutex_lock(&started.lock);
    started.is_open = true;
    (void)pthread_cond_broadcast(&started.opened);
    (void)pthread_mutex_unlock(&started.lock);
}

void program_cleanup_begins(void)
{
    if (!atomic_exchange_explicit(&cleanup_began, true, memory_order_relaxed)) {
        (void)curfew_notify("X_CURFEW_CLEANUP=1"); /* Nobody may listen. */
    }
}

void nap(struct random_stream *random, uint32_t low_us, uint32_t high_us)
{
    struct timespec left = { .tv_nsec = (long)random_between(random, low_us, high_us) * 1000 };

    while (nanosleep(&left, &left) != 0) {
    }
}

/* ---- Workers ---- */

static const struct worker_ops *find_ops(enum scenario_kind kind)
{
    static const struct worker_ops *const tables[] = { worker_ops_basic, worker_ops_io,
                                                       worker_ops_shared, worker_ops_defects };

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (tables[i][kind].run != NULL) {
            return &tables[i][kind];
        }
    }
    program_broken(scenario_kind_words[kind].word, "nobody acts it out");
}

static unsigned kind_flags(const struct worker *worker)
{
    return scenario_kind_words[worker->kind].flags;
}

static bool owes_cleanup(const struct worker *worker)
{
    return (kind_flags(worker) & (WORD_DAEMON | WORD_STRAY)) == 0;
}

struct curfew_stop *worker_stop(struct worker *worker)
{
    return curfew_worker_get_stop(worker->self);
}

void worker_await_stop(struct worker *worker)
{
    int status = curfew_stop_wait(worker_stop(worker), CURFEW_NO_DEADLINE);

    if (status != 0) {
        program_lacks(worker->name, -status);
    }
}

void worker_defer(struct worker *worker, curfew_cleanup_fn *fn, void *context)
{
    int status = curfew_worker_defer(worker->self, fn, context);

    if (status != 0) {
        program_lacks(worker->name, -status);
    }
}

/* Relaxed, so that counting orders nothing that the workers do. */
static void count_round(void)
{
    if (atomic_fetch_add_explicit(&program.rounds, 1, memory_order_relaxed) + 1 ==
        program.rounds_wanted) {
        program_request_stop(CURFEW_REASON_REQUEST);
    }
}

void worker_rounded(struct worker *worker)
{
    if (worker->counts && !worker->rounded) {
        worker->rounded = true;
        count_round();
    }
}

static void settle_cleanup(void *context)
{
    struct worker *worker = context;

    program_cleanup_begins();
    curfew_debt_settle(worker->debt, 0);
}

static int worker_main(struct curfew_worker *self, void *context)
{
    struct worker *worker = context;
    unsigned flags = kind_flags(worker);
    int status;

    worker->self = self;
    if (owes_cleanup(worker) && (flags & WORD_SKIPS) == 0) {
        worker_defer(worker, settle_cleanup, worker);
    }
    if ((flags & WORD_TWICE) != 0) {
        worker_defer(worker, settle_cleanup, worker);
    }
    status = find_ops(worker->kind)->run(worker);
    worker_rounded(worker);
    return status;
}

struct worker *program_worker_new(enum scenario_kind kind, uint32_t number, const char *name)
{
    const struct worker_ops *ops = find_ops(kind);
    struct worker *worker = calloc(1, ops->size_bytes > 0 ? ops->size_bytes : sizeof *worker);

    if (worker == NULL) {
        program_lacks(name, ENOMEM);
    }
    worker->kind = kind;
    worker->number = number;
    (void)snprintf(worker->name, sizeof worker->name, "%s", name);
    (void)snprintf(worker->debt, sizeof worker->debt, "cleanup %s", worker->name);
    random_init(&worker->random, program.seed, worker->name);
    if (ops->prepare != NULL) {
        ops->prepare(worker);
    }
    return worker;
}

static unsigned spawn_flags(const struct worker *worker)
{
    unsigned flags = 0;

    if ((kind_flags(worker) & WORD_DAEMON) != 0) {
        flags |= CURFEW_WORKER_DAEMON;
    }
    if ((kind_flags(worker) & WORD_FAILS) != 0) {
        flags |= CURFEW_WORKER_FAIL_STOPS_ALL;
    }
    if (worker->kind == KIND_PHASE) {
        flags |= CURFEW_WORKER_PHASE((worker->number - 1) % program.phases);
    }
    return flags;
}

/* What main hands a worker it also takes back if there is to be no thread. */
static void worker_refuse(struct worker *worker)
{
    const struct worker_ops *ops = find_ops(worker->kind);

    if (ops->refuse != NULL) {
        ops->refuse(worker);
    }
    if (owes_cleanup(worker)) {
        curfew_debt_settle(worker->debt, 0);
    }
    free(worker);
}

bool program_spawn(struct worker *worker)
{
    bool is_stray = (kind_flags(worker) & WORD_STRAY) != 0;
    int status = -ECANCELED;

    if (owes_cleanup(worker)) {
        curfew_debt_owe(worker->debt, 0);
    }
    (void)pthread_mutex_lock(&registry.lock);
    if (!registry.closed && registry.count < SCENARIO_WORKERS_MAX) {
        status = curfew_group_spawn(is_stray ? strays : program.group, worker->name, worker_main,
                                    worker, spawn_flags(worker), &worker->id);
        if (status == 0) {
            registry.workers[registry.count++] = worker;
        }
    }
    (void)pthread_mutex_unlock(&registry.lock);
    if (status != 0 && status != -ECANCELED) {
        program_lacks(worker->name, -status);
    }
    if (status != 0) {
        worker_refuse(worker);
    }
    return status == 0;
}

void program_stop_one_by_one(int reason)
{
    (void)pthread_mutex_lock(&registry.lock);
    registry.closed = true;
    for (uint32_t i = 0; i < registry.count; i++) {
        int status = curfew_group_stop_worker(program.group, registry.workers[i]->id, reason);
        if (status != 0 && status != -ESRCH) { /* gone home already is fine */
            program_broken(registry.workers[i]->name, "cannot be stopped");
        }
    }
    (void)pthread_mutex_unlock(&registry.lock);
}

static void free_workers(void)
{
    (void)pthread_mutex_lock(&registry.lock);
    for (uint32_t i = 0; i < registry.count; i++) {
        if (owes_cleanup(registry.workers[i])) { /* the others may be alive, and use it */
            free(registry.workers[i]);
            registry.workers[i] = NULL;
        }
    }
    (void)pthread_mutex_unlock(&registry.lock);
}

/* ---- Start and end ---- */

static void spawn_all(void)
{
    uint32_t so_far[KIND_COUNT] = { 0 };
    char name[sizeof((struct worker *)NULL)->name];

    for (uint32_t i = 0; i < program.scenario.workers_count; i++) {
        const struct scenario_workers *spec = &program.scenario.workers[i];
        uint32_t count = spec->count * scenario_kind_workers(spec->kind);
        for (uint32_t j = 0; j < count; j++) {
            uint32_t number = ++so_far[spec->kind];
            (void)snprintf(name, sizeof name, "%s-%u", scenario_kind_words[spec->kind].word,
                           number);
            struct worker *worker = program_worker_new(spec->kind, number, name);
            bool counts = owes_cleanup(worker);
            worker->counts = counts;
            (void)program_spawn(worker); /* Refused: the stop came early, and main will see it. */
            if (!counts) {
                count_round(); /* For whom nobody waits may not touch the stop, which main frees. */
            }
        }
    }
}

/* How many workers of a kind there will be from the start; KIND_COUNT: of all kinds. */
static uint32_t count_workers(enum scenario_kind kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < program.scenario.workers_count; i++) {
        const struct scenario_workers *spec = &program.scenario.workers[i];
        if (kind == KIND_COUNT || kind == spec->kind) {
            count += spec->count * scenario_kind_workers(spec->kind);
        }
    }
    return count;
}

static void make_groups(void)
{
    const struct scenario *scenario = &program.scenario;
    uint32_t phases = count_workers(KIND_PHASE);
    bool is_stopped = false;
    int status;

    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        is_stopped = is_stopped || scenario_signal_stops(scenario, &scenario->signals[i]);
    }
    for (uint32_t i = 0; i < scenario->workers_count; i++) {
        unsigned flags = scenario_kind_words[scenario->workers[i].kind].flags;
        is_stopped = is_stopped || (flags & (WORD_STOPS | WORD_FAILS)) != 0;
    }
    program.rounds_wanted = is_stopped ? 0 : count_workers(KIND_COUNT);
    program.phases = phases < 1                         ? 1
                     : phases > CURFEW_GROUP_PHASES_MAX ? CURFEW_GROUP_PHASES_MAX
                                                        : phases;
    status = curfew_group_new(NULL, program.phases, &program.group);
    if (status == 0 && count_workers(KIND_ABANDON) > 0) {
        status = curfew_group_new(NULL, 1, &strays);
    }
    if (status != 0) {
        program_lacks("group", -status);
    }
    program.stop = curfew_group_get_stop(program.group); /* main=flags has another one */
}

static int exit_status(bool has_failed, int reason)
{
    static const enum curfew_exit_policy policies[EXIT_POLICY_COUNT] = {
        [EXIT_POLICY_ZERO] = CURFEW_EXIT_ZERO,
        [EXIT_POLICY_RERAISE] = CURFEW_EXIT_RERAISE,
        [EXIT_POLICY_CODE128] = CURFEW_EXIT_128,
    };
    int override = atomic_load(&program.status);

    if (override != 0) {
        return override;
    }
    if (has_failed) {
        return EXIT_FAILURE; /* whoever stopped the program */
    }
    return curfew_signals_exit_status(reason, policies[program.scenario.exit_policy]);
}

static int run(const struct main_style *style)
{
    bool has_failed;
    int reason;
    int status;

    make_groups();
    if (style->bind != NULL) {
        style->bind();
    }
    spawn_all();
    program_started();
    (void)curfew_notify("READY=1"); /* Nobody may listen; the same below. */
    if (style->until_stop != NULL) {
        style->until_stop();
        (void)curfew_notify("STOPPING=1");
    }
    if (style->stop != NULL) {
        style->stop();
    }
    status = curfew_group_join(program.group, CURFEW_NO_DEADLINE, NULL, NULL);
    if (status != 0) {
        program_broken("main", "join without a deadline failed");
    }
    if (style->until_stop == NULL) {
        (void)curfew_notify("STOPPING=1");
    }
    has_failed = curfew_group_failure(program.group, NULL);
    reason = curfew_stop_reason(program.stop);
    if (style->end != NULL) {
        style->end();
    }
    curfew_group_free(program.group);
    free_workers();
    return exit_status(has_failed, reason);
}

/* 256 workers with their descriptors may need more than the soft limit, which is ours to raise. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* Who runs short says so later. */
    }
}

/* Each execution makes draws of its own: under real time the driver names the seed, under control
 * randomness is the execution's. */
static uint64_t draw_seed(void)
{
    const char *text = getenv("CURFEW_SEED");
    uint64_t seed = 0;

    if (text != NULL) {
        return strtoull(text, NULL, 10);
    }
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        program_lacks("random numbers", errno);
    }
    return seed;
}

int main(int argc, char **argv)
{
    struct scenario_error error = { 1, "want one argument, the scenario's text" };

    if (argc != 2 || scenario_parse(argv[1], &program.scenario, &error) != 0) {
        (void)fprintf(stderr, "curfew-scenario: column %u: %s\n", error.column, error.message);
        return 2;
    }
    /* ThreadSanitizer (LLVM 14) makes a thread's signal context in its first blocking call, and
     * loses the signal that arrives while it does: so that first call is here, before there is a
     * handler. */
    (void)poll(NULL, 0, 0); /* Nothing to wait for. */
    /* Only now is known whether main's style uses curfew_signals_early; a signal that comes before
     * this line does what it does to any program that has not begun. */
    const struct main_style *style = &main_styles[program.scenario.main_style];
    style->begin();
    program.seed = draw_seed();
    random_init(&program.random, program.seed, "main");
    raise_descriptor_limit();
    return run(style);
}
