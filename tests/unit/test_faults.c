/* SPDX-License-Identifier: MIT
 *
 * test_faults.c -- each call that may fail does fail once: the first, the second, ... until a run
 * no longer reaches it.  After every failure the error is the injected one, no descriptor and no
 * thread is left, and the same operation then works.
 *
 * The calls are replaced at link time (the linker's --wrap), so it is the library's calls that fail
 * and not libc's own.  Each run is a forked child.
 */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* ---- Injection. ---- */

static atomic_int calls_left; /* until the one that fails; 0: none will */
static atomic_int injected;   /* the errno of the one that failed; 0: not reached */

/* Called before ThreadSanitizer has started: not to be instrumented. */
#if defined(__has_attribute)
#if __has_attribute(disable_sanitizer_instrumentation)
#define QUIET __attribute__((noinline, disable_sanitizer_instrumentation))
#endif
#endif
#ifndef QUIET
#define QUIET __attribute__((noinline))
#endif

static QUIET bool fails(int error)
{
    int left = atomic_load(&calls_left);
    while (left > 0 && !atomic_compare_exchange_weak(&calls_left, &left, left - 1)) {
    }
    if (left != 1) {
        return false;
    }
    atomic_store(&injected, error);
    errno = error;
    return true;
}

/* return type, name, parameters, arguments, what a failure gives, its errno */
#define WRAPPED(X)                                                                                 \
    X(void *, malloc, (size_t bytes), (bytes), NULL, ENOMEM)                                       \
    X(void *, calloc, (size_t count, size_t bytes), (count, bytes), NULL, ENOMEM)                  \
    X(int, eventfd, (unsigned value, int flags), (value, flags), -1, EMFILE)                       \
    X(int, epoll_create1, (int flags), (flags), -1, ENFILE)                                        \
    X(int, epoll_ctl, (int epoll, int operation, int fd, struct epoll_event *event),               \
      (epoll, operation, fd, event), -1, ENOMEM)                                                   \
    X(int, timerfd_create, (int clock, int flags), (clock, flags), -1, ENFILE)                     \
    X(int, pthread_create,                                                                         \
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*fn)(void *), void *context),  \
      (thread, attributes, fn, context), EAGAIN, EAGAIN)                                           \
    X(int, pthread_atfork, (void (*prepare)(void), void (*parent)(void), void (*child)(void)),     \
      (prepare, parent, child), ENOMEM, ENOMEM)

#define DEFINE(type, name, parameters, arguments, failure, error)                                  \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    QUIET type __wrap_##name parameters                                                            \
    {                                                                                              \
        return fails(error) ? failure : __real_##name arguments;                                   \
    }
WRAPPED(DEFINE)

/* ---- Operations.  Each undoes what it did, and gives the first error or 0. ---- */

static int make_descriptor(void)
{
    struct curfew_stop parent = CURFEW_STOP_INIT;
    struct curfew_stop stop;
    CHECK(curfew_stop_init(&stop, &parent, support_hang_deadline()) == 0);
    int status = curfew_stop_fd(&stop);
    curfew_stop_fini(&stop);
    curfew_stop_fini(&parent);
    return status < 0 ? status : 0;
}

static int wait_on_stop(void)
{
    struct curfew_stop parent;
    struct curfew_stop stop;
    CHECK(curfew_stop_init(&parent, NULL, support_hang_deadline()) == 0);
    CHECK(curfew_stop_init(&stop, &parent, CURFEW_NO_DEADLINE) == 0);
    int status = curfew_stop_wait(&stop, curfew_deadline_after(SUPPORT_MS_NS));
    curfew_stop_fini(&stop);
    curfew_stop_fini(&parent);
    return status == -ETIMEDOUT ? 0 : status;
}

static int wait_on_cond(void)
{
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct monitor monitor;
    monitor_init(&monitor, CLOCK_MONOTONIC);
    int status = monitor_wait(&monitor, &stop, curfew_deadline_after(SUPPORT_MS_NS));
    curfew_stop_fini(&stop);
    monitor_fini(&monitor);
    return status == -ETIMEDOUT ? 0 : status;
}

static int poll_many(void)
{
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct pollfd fds[100];
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
        fds[i] = (struct pollfd){ .fd = -1, .revents = 0x55 };
    }
    int status = curfew_poll(fds, ARRAY_LENGTH(fds), &stop, SUPPORT_PAST);
    CHECK(fds[0].revents == 0x55);
    curfew_stop_fini(&stop);
    return status == -ETIMEDOUT ? 0 : status;
}

static atomic_int workers_home; /* counted by their cleanups */
static atomic_int groups_clean;

static void count_up(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

static int wait_for_stop(struct curfew_worker *self, void *context)
{
    /* Without room for the cleanup the caller cleans up himself. */
    int status = curfew_worker_defer(self, count_up, context);
    CHECK(status == 0 || status == -ENOMEM);
    CHECK(curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE) == 0);
    if (status != 0) {
        count_up(context);
    }
    return 0;
}

static int run_group_of(unsigned phases)
{
    struct curfew_group *group = NULL;
    int status = curfew_group_new(NULL, phases, &group);
    if (status != 0) {
        CHECK(group == NULL);
        return status;
    }
    int spawned = 0;
    atomic_store(&workers_home, 0);
    atomic_store(&groups_clean, 0);
    int deferred = curfew_group_defer(group, count_up, &groups_clean);
    for (unsigned i = 0; i < 6 && status == 0; i++) {
        uint32_t id = 0;
        status = curfew_group_spawn(group, "w", wait_for_stop, &workers_home,
                                    CURFEW_WORKER_PHASE(i % phases), &id);
        CHECK((status == 0) == (id != 0));
        spawned += status == 0;
        CHECK(curfew_group_live(group) == (unsigned)spawned); /* after an error as before */
    }
    CHECK(curfew_group_stop(group, CURFEW_REASON_REQUEST));
    CHECK(curfew_group_join(group, support_hang_deadline(), NULL, NULL) == 0);
    CHECK(atomic_load(&workers_home) == spawned);
    CHECK(atomic_load(&groups_clean) == (deferred == 0));
    curfew_group_free(group);
    return deferred != 0 ? deferred : status;
}

static int run_group(void)
{
    return run_group_of(1);
}

static int run_phased_group(void)
{
    return run_group_of(3);
}

static int run_daemon(void)
{
    struct curfew_group *group = NULL;
    int status = curfew_group_new(NULL, 1, &group);
    if (status == 0) {
        atomic_store(&workers_home, 0);
        status = curfew_group_spawn(group, "d", wait_for_stop, &workers_home, CURFEW_WORKER_DAEMON,
                                    NULL);
        curfew_group_free(group);
        AWAIT(atomic_load(&workers_home) == (status == 0));
    }
    return status;
}

struct pool_run {
    struct gate leave;
    atomic_bool blocked;
    atomic_int ran;
};

static void hold_thread(struct curfew_stop *stop, void *context)
{
    struct pool_run *run = context;
    (void)stop;
    atomic_store(&run->blocked, true);
    gate_wait(&run->leave);
    count_up(&run->ran);
}

static void run_job(struct curfew_stop *stop, void *context)
{
    struct pool_run *run = context;
    (void)stop;
    count_up(&run->ran);
}

static int run_pool(void)
{
    struct pool_run run = { .leave = GATE_INIT };
    struct curfew_pool *pool = NULL;
    int accepted = 0;
    int status = curfew_pool_new("p", 3, 0, NULL, &pool);
    if (status != 0) {
        CHECK(pool == NULL);
        return status;
    }
    for (int i = 0; i < 5 && status == 0; i++) {
        status = curfew_pool_submit(pool, run_job, &run);
        accepted += status == 0;
    }
    CHECK(curfew_pool_drain(pool, support_hang_deadline()) == 0);
    CHECK(run.ran == accepted);
    curfew_pool_unref(pool);
    return status;
}

static int cancel_pool(void)
{
    struct pool_run run = { .leave = GATE_INIT };
    struct curfew_pool *pool = NULL;
    struct curfew_job *jobs = NULL;
    size_t count = 4711;
    size_t accepted = 0;
    int status = curfew_pool_new("p", 1, 0, NULL, &pool);
    if (status != 0) {
        return status;
    }
    status = curfew_pool_submit(pool, hold_thread, &run);
    AWAIT(status != 0 || atomic_load(&run.blocked));
    for (int i = 0; i < 5 && status == 0; i++) {
        status = curfew_pool_submit(pool, run_job, &run);
        accepted += status == 0;
    }
    int canceled = curfew_pool_cancel(pool, SUPPORT_PAST, &jobs, &count);
    if (canceled == -ENOMEM) { /* nothing is handed back, call again */
        CHECK(jobs == NULL && count == 4711);
        status = canceled;
        canceled = curfew_pool_cancel(pool, SUPPORT_PAST, &jobs, &count);
    }
    CHECK(canceled == -ETIMEDOUT || canceled == 0);
    CHECK(count == accepted);
    free(jobs);
    gate_open(&run.leave);
    CHECK(curfew_pool_drain(pool, support_hang_deadline()) == 0);
    curfew_pool_unref(pool);
    return status;
}

static int use_signals(void)
{
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_signals_config config = CURFEW_SIGNALS_CONFIG_INIT;
    config.hard_limit_ns = SUPPORT_HANG_NS;
    int status = curfew_signals_early(&config);
    if (status == 0) {
        status = curfew_signals_bind(&stop);
        curfew_signals_fini();
    }
    struct sigaction action;
    CHECK(sigaction(SIGTERM, NULL, &action) == 0);
    CHECK(action.sa_handler == SIG_DFL);
    curfew_stop_fini(&stop);
    return status;
}

/* ---- The sweep. ---- */

struct run {
    int (*operation)(void);
    int fail_at;
    bool warm; /* the operation has succeeded once before */
};

enum outcome { REACHED = 0, NOT_REACHED = 1 };

/* What the library keeps for the life of the process: the bell of its service. */
#define KEPT_FDS 1u

static void run_once(void *context)
{
    const struct run *run = context;
    (void)alarm((unsigned)(2 * SUPPORT_HANG_NS / 1000000000));
    unsigned threads = support_count_threads();
    unsigned fds = support_count_fds();
    if (run->warm) {
        CHECK(run->operation() == 0);
        AWAIT(support_count_threads() == threads);
        CHECK(support_count_fds() <= fds + KEPT_FDS);
        fds = support_count_fds();
    }
    atomic_store(&calls_left, run->fail_at);
    int status = run->operation();
    atomic_store(&calls_left, 0);
    int error = atomic_load(&injected);
    CHECK(status == 0 || status == -error);
    AWAIT(support_count_threads() == threads);
    CHECK(support_count_fds() <= fds + (run->warm ? 0 : KEPT_FDS));
    if (error == 0) {
        _exit(NOT_REACHED);
    }
    CHECK(run->operation() == 0); /* the failure has passed, and left nothing behind */
    AWAIT(support_count_threads() == threads);
    CHECK(support_count_fds() <= fds + (run->warm ? 0 : KEPT_FDS));
}

static void sweep(int (*operation)(void))
{
    for (int warm = 0; warm <= 1; warm++) {
        struct run run = { .operation = operation, .warm = warm != 0 };
        int outcome = REACHED;
        while (outcome == REACHED) {
            struct child_output output;
            run.fail_at++;
            assert_in_range(run.fail_at, 1, 200);
            int status = support_run_child(run_once, &run, &output);
            if (!support_exited(status, REACHED) && !support_exited(status, NOT_REACHED)) {
                fail_msg("call %d, %s: wait status %d; stderr: %s", run.fail_at,
                         run.warm ? "warm" : "cold", status, output.text);
            }
            outcome = support_exited(status, REACHED) ? REACHED : NOT_REACHED;
        }
        assert_true(run.fail_at > 1); /* else nothing was injected at all */
    }
}

#define SWEEP(name, operation)                                                                     \
    static void test_##name##_with_each_call_failing_is_clean(void **state)                        \
    {                                                                                              \
        (void)state;                                                                               \
        sweep(operation);                                                                          \
    }
SWEEP(stop_fd, make_descriptor)
SWEEP(stop_wait, wait_on_stop)
SWEEP(cond_wait, wait_on_cond)
SWEEP(poll, poll_many)
SWEEP(group, run_group)
SWEEP(phases, run_phased_group)
SWEEP(daemon, run_daemon)
SWEEP(pool_drain, run_pool)
SWEEP(pool_cancel, cancel_pool)
SWEEP(signals, use_signals)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_fd_with_each_call_failing_is_clean),
        cmocka_unit_test(test_stop_wait_with_each_call_failing_is_clean),
        cmocka_unit_test(test_cond_wait_with_each_call_failing_is_clean),
        cmocka_unit_test(test_poll_with_each_call_failing_is_clean),
        cmocka_unit_test(test_group_with_each_call_failing_is_clean),
        cmocka_unit_test(test_phases_with_each_call_failing_is_clean),
        cmocka_unit_test(test_daemon_with_each_call_failing_is_clean),
        cmocka_unit_test(test_pool_drain_with_each_call_failing_is_clean),
        cmocka_unit_test(test_pool_cancel_with_each_call_failing_is_clean),
        cmocka_unit_test(test_signals_with_each_call_failing_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
