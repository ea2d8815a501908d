/* SPDX-License-Identifier: MIT
 *
 * test_cond.c -- curfew_cond_wait of curfew/wait.h: races, the service thread, fork, cancellation.
 */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct monitor realtime;
static struct monitor monotonic;

static int make_monitors(void **state)
{
    (void)state;
    monitor_init(&realtime, CLOCK_REALTIME);
    monitor_init(&monotonic, CLOCK_MONOTONIC);
    return 0;
}

static int drop_monitors(void **state)
{
    (void)state;
    monitor_fini(&realtime);
    monitor_fini(&monotonic);
    return 0;
}

/* A thread that waits until it is stopped. */
struct waiting {
    struct monitor *monitor;
    struct curfew_stop *stop;
    atomic_int tid;
    atomic_bool done;
};

static void *wait_until_stopped(void *context)
{
    struct waiting *waiting = context;
    atomic_store(&waiting->tid, gettid());
    CHECK(monitor_wait(waiting->monitor, waiting->stop, CURFEW_NO_DEADLINE) == -ECANCELED);
    atomic_store(&waiting->done, true);
    return NULL;
}

static pthread_t start_waiting(struct waiting *waiting)
{
    pthread_t thread = support_start(wait_until_stopped, waiting);
    AWAIT(atomic_load(&waiting->tid) != 0);
    support_await_blocked(atomic_load(&waiting->tid));
    return thread;
}

static void test_cond_wait_without_the_mutex_is_refused(void **state)
{
    (void)state;
    if (SUPPORT_THREAD_SANITIZER) {
        skip(); /* it reports the very misuse that is tested here */
    }
    struct curfew_stop stop = CURFEW_STOP_INIT;
    int status =
        curfew_cond_wait(&realtime.changed, &realtime.mutex, &stop, support_hang_deadline());
    assert_int_equal(status, -EPERM);
    status = curfew_cond_wait(&realtime.changed, &realtime.mutex, &stop, CURFEW_NO_DEADLINE);
    assert_int_equal(status, -EPERM);
    curfew_stop_fini(&stop);
}

struct race {
    struct monitor monitor;
    struct curfew_stop keeper; /* keeps the service thread at home between rounds */
    struct curfew_stop stop;
    pthread_barrier_t edge; /* between rounds */
    int rounds;
};

static void *wait_in_rounds(void *context)
{
    struct race *race = context;
    support_meet_signals();
    for (int round = 0; round < race->rounds; round++) {
        (void)pthread_barrier_wait(&race->edge);
        uint64_t deadline_ns = round % 2 == 0 ? CURFEW_NO_DEADLINE : support_hang_deadline();
        CHECK(monitor_wait(&race->monitor, &race->stop, deadline_ns) == -ECANCELED);
        (void)pthread_barrier_wait(&race->edge);
    }
    return NULL;
}

static struct curfew_stop *handler_stop; /* set before the signal is sent */

static void request_from_handler(int signo)
{
    (void)curfew_stop_request(handler_stop, signo);
}

static void run_rounds(int rounds, bool by_signal, uint64_t seed)
{
    struct race race = { .rounds = rounds, .keeper = CURFEW_STOP_INIT };
    volatile uint64_t spun = 0;
    monitor_init(&race.monitor, CLOCK_MONOTONIC);
    CHECK(pthread_barrier_init(&race.edge, NULL, 2) == 0);
    CHECK(monitor_wait(&race.monitor, &race.keeper, SUPPORT_PAST) == -ETIMEDOUT);
    support_handle(SIGUSR1, request_from_handler);
    pthread_t thread = support_start(wait_in_rounds, &race);
    for (int round = 0; round < rounds; round++) {
        CHECK(curfew_stop_init(&race.stop, NULL, CURFEW_NO_DEADLINE) == 0);
        handler_stop = &race.stop;
        (void)pthread_barrier_wait(&race.edge);
        for (uint64_t spins = support_random(&seed) % 20000; spins > 0; spins--) {
            spun = spun + 1;
        }
        if (by_signal) {
            CHECK(pthread_kill(thread, SIGUSR1) == 0);
        } else {
            CHECK(curfew_stop_request(&race.stop, 1));
        }
        (void)pthread_barrier_wait(&race.edge);
        curfew_stop_fini(&race.stop);
    }
    support_join(thread);
    support_handle(SIGUSR1, SIG_DFL);
    curfew_stop_fini(&race.keeper);
    CHECK(pthread_barrier_destroy(&race.edge) == 0);
    monitor_fini(&race.monitor);
}

static void test_cond_wait_racing_request_of_a_thread_is_never_lost(void **state)
{
    (void)state;
    run_rounds(3000, false, 1);
}

static void test_cond_wait_racing_request_of_a_handler_is_never_lost(void **state)
{
    (void)state;
    run_rounds(1500, true, 2);
}

static void test_cond_wait_service_restarts_with_each_first_wait(void **state)
{
    (void)state;
    unsigned threads = support_count_threads();
    for (int round = 0; round < 100; round++) {
        struct curfew_stop stop = CURFEW_STOP_INIT;
        assert_int_equal(monitor_wait(&monotonic, &stop, SUPPORT_PAST), -ETIMEDOUT);
        assert_true(curfew_stop_request(&stop, 1));
        curfew_stop_fini(&stop);
    }
    AWAIT(support_count_threads() == threads);
}

static void *restart_service(void *context)
{
    (void)context;
    for (int round = 0; round < 100; round++) {
        struct curfew_stop stop = CURFEW_STOP_INIT;
        CHECK(monitor_wait(&monotonic, &stop, SUPPORT_PAST) == -ETIMEDOUT);
        curfew_stop_fini(&stop);
    }
    return NULL;
}

static void test_cond_wait_service_restarts_by_many_threads_at_once(void **state)
{
    (void)state;
    unsigned threads = support_count_threads();
    pthread_t starters[4];
    for (size_t i = 0; i < ARRAY_LENGTH(starters); i++) {
        starters[i] = support_start(restart_service, NULL);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(starters); i++) {
        support_join(starters[i]);
    }
    AWAIT(support_count_threads() == threads);
}

static void test_cond_wait_with_a_mutex_kept_long_delays_only_its_own_waiters(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct waiting mine = { .monitor = &realtime, .stop = &stop };
    struct waiting other = { .monitor = &monotonic, .stop = &stop };
    pthread_t my_thread = start_waiting(&mine);
    pthread_t other_thread = start_waiting(&other);

    assert_int_equal(pthread_mutex_lock(&realtime.mutex), 0);
    assert_true(curfew_stop_request(&stop, 1));
    support_join(other_thread); /* while the other mutex is held */
    assert_false(atomic_load(&mine.done));
    assert_int_equal(pthread_mutex_unlock(&realtime.mutex), 0);
    support_join(my_thread);
    curfew_stop_fini(&stop);
}

/* A wake-up that a stopped waiter swallowed must reach another one.  One token, one signal. */
struct hand_over {
    struct monitor monitor;
    int token;  /* guarded by monitor.mutex */
    bool ended; /* guarded by monitor.mutex */
    struct curfew_stop stopped;
    struct curfew_stop running;
};

static void *take_token(struct hand_over *hand_over, struct curfew_stop *stop)
{
    int status = 0;
    CHECK(pthread_mutex_lock(&hand_over->monitor.mutex) == 0);
    while (status == 0 && hand_over->token == 0 && !hand_over->ended) {
        status = curfew_cond_wait(&hand_over->monitor.changed, &hand_over->monitor.mutex, stop,
                                  CURFEW_NO_DEADLINE);
    }
    CHECK(status == 0 || status == -ECANCELED);
    if (status == 0 && hand_over->token != 0) {
        hand_over->token = 0;
    }
    CHECK(pthread_mutex_unlock(&hand_over->monitor.mutex) == 0);
    return NULL;
}

static void *take_token_stopped(void *context)
{
    struct hand_over *hand_over = context;
    return take_token(hand_over, &hand_over->stopped);
}

static void *take_token_running(void *context)
{
    struct hand_over *hand_over = context;
    return take_token(hand_over, &hand_over->running);
}

static bool token_taken(struct hand_over *hand_over)
{
    CHECK(pthread_mutex_lock(&hand_over->monitor.mutex) == 0);
    bool taken = hand_over->token == 0;
    CHECK(pthread_mutex_unlock(&hand_over->monitor.mutex) == 0);
    return taken;
}

static void test_cond_wait_stopped_with_a_wake_up_passes_it_on(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct hand_over hand_over = { .stopped = CURFEW_STOP_INIT, .running = CURFEW_STOP_INIT };
        monitor_init(&hand_over.monitor, CLOCK_MONOTONIC);
        pthread_t stopped = support_start(take_token_stopped, &hand_over);
        pthread_t running = support_start(take_token_running, &hand_over);
        assert_int_equal(pthread_mutex_lock(&hand_over.monitor.mutex), 0);
        hand_over.token = 1;
        assert_int_equal(pthread_cond_signal(&hand_over.monitor.changed), 0);
        assert_true(curfew_stop_request(&hand_over.stopped, 1));
        assert_int_equal(pthread_mutex_unlock(&hand_over.monitor.mutex), 0);
        AWAIT(token_taken(&hand_over));
        assert_int_equal(pthread_mutex_lock(&hand_over.monitor.mutex), 0);
        hand_over.ended = true;
        assert_int_equal(pthread_cond_broadcast(&hand_over.monitor.changed), 0);
        assert_int_equal(pthread_mutex_unlock(&hand_over.monitor.mutex), 0);
        support_join(stopped);
        support_join(running);
        curfew_stop_fini(&hand_over.stopped);
        curfew_stop_fini(&hand_over.running);
        monitor_fini(&hand_over.monitor);
    }
}

static void unlock_monitor(void *context)
{
    struct monitor *monitor = context;
    CHECK(pthread_mutex_unlock(&monitor->mutex) == 0);
}

static void *wait_until_cancelled(void *context)
{
    struct waiting *waiting = context;
    CHECK(pthread_mutex_lock(&realtime.mutex) == 0);
    pthread_cleanup_push(unlock_monitor, &realtime);
    atomic_store(&waiting->tid, gettid());
    for (;;) {
        CHECK(curfew_cond_wait(&realtime.changed, &realtime.mutex, waiting->stop,
                               CURFEW_NO_DEADLINE) == 0);
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static void test_cond_wait_of_a_cancelled_thread_leaves_nothing_behind(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct waiting waiting = { .stop = &stop };
    void *result;
    pthread_t thread = support_start(wait_until_cancelled, &waiting);
    AWAIT(atomic_load(&waiting.tid) != 0);
    support_await_blocked(atomic_load(&waiting.tid));
    assert_int_equal(pthread_cancel(thread), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    /* The service must no longer look at the dead thread's stack. */
    assert_true(curfew_stop_request(&stop, 1));
    assert_int_equal(monitor_wait(&realtime, &stop, CURFEW_NO_DEADLINE), -ECANCELED);
    curfew_stop_fini(&stop);
}

static void *request_stop(void *context)
{
    CHECK(curfew_stop_request(context, 1));
    return NULL;
}

static void cond_wait_in_child(void *context)
{
    struct curfew_stop *inherited = context;
    struct curfew_stop own = CURFEW_STOP_INIT;
    struct monitor monitor; /* the inherited one may be held by a thread that is not here */
    monitor_init(&monitor, CLOCK_REALTIME);
    CHECK(monitor_wait(&monitor, inherited, SUPPORT_PAST) == -ETIMEDOUT);
    pthread_t thread = support_start(request_stop, inherited);
    CHECK(monitor_wait(&monitor, inherited, CURFEW_NO_DEADLINE) == -ECANCELED);
    support_join(thread);
    CHECK(monitor_wait(&monitor, &own, SUPPORT_PAST) == -ETIMEDOUT);
    curfew_stop_fini(&own);
    curfew_stop_fini(inherited);
    monitor_fini(&monitor);
}

static void test_cond_wait_in_a_forked_child_works(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct waiting waiting = { .monitor = &realtime, .stop = &stop };
    pthread_t thread = start_waiting(&waiting);
    assert_true(support_exited(support_run_child(cond_wait_in_child, &stop, NULL), 0));
    assert_false(atomic_load(&waiting.done));
    assert_true(curfew_stop_request(&stop, 1));
    support_join(thread);
    curfew_stop_fini(&stop);
}

static unsigned count_eventfds(void)
{
    static const char eventfd[] = "anon_inode:[eventfd]";
    unsigned count = 0;
    for (int fd = 0; fd < 128; fd++) {
        char path[32];
        char target[sizeof(eventfd)];
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof(target));
        count += length == sizeof(eventfd) - 1 && memcmp(target, eventfd, (size_t)length) == 0;
    }
    return count;
}

/* Else a ring of the one process might be heard by the other's service. */
static void cond_wait_with_own_bell(void *context)
{
    struct monitor monitor;
    struct curfew_stop own = CURFEW_STOP_INIT;
    unsigned without = *(unsigned *)context;
    CHECK(count_eventfds() == without);
    monitor_init(&monitor, CLOCK_REALTIME);
    CHECK(monitor_wait(&monitor, &own, SUPPORT_PAST) == -ETIMEDOUT);
    CHECK(count_eventfds() == without + 1);
    curfew_stop_fini(&own);
    monitor_fini(&monitor);
}

static void test_cond_wait_in_a_forked_child_rings_no_bell_of_the_parent(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    assert_int_equal(monitor_wait(&realtime, &stop, SUPPORT_PAST), -ETIMEDOUT);
    unsigned without = count_eventfds() - 1;
    assert_true(support_exited(support_run_child(cond_wait_with_own_bell, &without, NULL), 0));
    curfew_stop_fini(&stop);
}

static void *wait_in_vain(void *context)
{
    (void)context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(monitor_wait(&realtime, &stop, SUPPORT_PAST) == -ETIMEDOUT);
    curfew_stop_fini(&stop); /* the service leaves, if it was the only one */
    return NULL;
}

/* The two are not put in order: a first wait may find the service absent, running or leaving. */
static void test_cond_wait_while_the_service_leaves_is_stopped(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct waiting waiting = { .monitor = &monotonic, .stop = &stop };
    pthread_t leaving = support_start(wait_in_vain, NULL);
    pthread_t thread = support_start(wait_until_stopped, &waiting);
    support_join(leaving);
    assert_true(curfew_stop_request(&stop, 1));
    support_join(thread);
    curfew_stop_fini(&stop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cond_wait_without_the_mutex_is_refused),
        cmocka_unit_test(test_cond_wait_racing_request_of_a_thread_is_never_lost),
        cmocka_unit_test(test_cond_wait_racing_request_of_a_handler_is_never_lost),
        cmocka_unit_test(test_cond_wait_service_restarts_with_each_first_wait),
        cmocka_unit_test(test_cond_wait_service_restarts_by_many_threads_at_once),
        cmocka_unit_test(test_cond_wait_while_the_service_leaves_is_stopped),
        cmocka_unit_test(test_cond_wait_with_a_mutex_kept_long_delays_only_its_own_waiters),
        cmocka_unit_test(test_cond_wait_stopped_with_a_wake_up_passes_it_on),
        cmocka_unit_test(test_cond_wait_of_a_cancelled_thread_leaves_nothing_behind),
        cmocka_unit_test(test_cond_wait_in_a_forked_child_works),
        cmocka_unit_test(test_cond_wait_in_a_forked_child_rings_no_bell_of_the_parent),
    };
    return cmocka_run_group_tests(tests, make_monitors, drop_monitors);
}
