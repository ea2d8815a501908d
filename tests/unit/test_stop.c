/* SPDX-License-Identifier: MIT
 *
 * test_stop.c -- curfew/stop.h and curfew/base.h, promise by promise.
 */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- base.h ---- */

static void test_deadline_after_zero_is_monotonic_now(void **state)
{
    (void)state;
    struct timespec before;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    uint64_t now = curfew_deadline_after(0);
    uint64_t later = curfew_deadline_after(SUPPORT_HANG_NS);
    uint64_t before_ns = (uint64_t)before.tv_sec * 1000000000 + (uint64_t)before.tv_nsec;
    assert_true(now >= before_ns);
    assert_true(now - before_ns < SUPPORT_HANG_NS);
    assert_true(later >= now + SUPPORT_HANG_NS);
}

static void test_deadline_after_too_much_saturates(void **state)
{
    (void)state;
    assert_true(curfew_deadline_after(UINT64_MAX) == CURFEW_NO_DEADLINE);
    assert_true(curfew_deadline_after(UINT64_MAX - 1) == CURFEW_NO_DEADLINE);
}

static void test_reason_name_of_each_reason_is_readable(void **state)
{
    (void)state;
    assert_string_equal(curfew_reason_name(SIGTERM), "SIGTERM");
    assert_string_equal(curfew_reason_name(SIGINT), "SIGINT");
    assert_string_equal(curfew_reason_name(SIGHUP), "SIGHUP");
    assert_string_equal(curfew_reason_name(CURFEW_REASON_DEADLINE), "deadline");
    assert_string_equal(curfew_reason_name(CURFEW_REASON_FAILURE), "worker failure");
    for (int reason = -2; reason < CURFEW_REASON_USER + 2; reason++) {
        const char *name = curfew_reason_name(reason);
        assert_non_null(name);
        assert_true(name[0] != '\0');
        assert_ptr_equal(name, curfew_reason_name(reason)); /* static */
    }
    assert_non_null(curfew_reason_name(INT32_MIN));
    assert_non_null(curfew_reason_name(INT32_MAX));
    assert_string_not_equal(curfew_reason_name(CURFEW_REASON_NONE),
                            curfew_reason_name(CURFEW_REASON_REQUEST));
}

/* ---- request, is_requested, reason ---- */

static void test_request_once_is_first_and_stays(void **state)
{
    (void)state;
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    assert_false(curfew_stop_is_requested(&stop));
    assert_int_equal(curfew_stop_reason(&stop), CURFEW_REASON_NONE);
    assert_true(curfew_stop_request(&stop, SIGTERM));
    assert_false(curfew_stop_request(&stop, SIGINT));
    assert_false(curfew_stop_request(&stop, SIGTERM));
    assert_true(curfew_stop_is_requested(&stop));
    assert_int_equal(curfew_stop_reason(&stop), SIGTERM);
    curfew_stop_fini(&stop);
}

static void test_request_before_wait_is_remembered(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    assert_true(curfew_stop_request(&stop, CURFEW_REASON_USER + 7));
    assert_int_equal(curfew_stop_wait(&stop, CURFEW_NO_DEADLINE), 0);
    assert_int_equal(curfew_stop_wait(&stop, CURFEW_NO_DEADLINE), 0);
    assert_int_equal(curfew_stop_wait(&stop, SUPPORT_PAST), 0); /* stop wins over the deadline */
    assert_int_equal(curfew_stop_reason(&stop), CURFEW_REASON_USER + 7);
    curfew_stop_fini(&stop);
}

static void test_request_keeps_errno(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    assert_true(curfew_stop_fd(&stop) >= 0);
    for (int round = 0; round < 3; round++) {
        errno = 4711;
        (void)curfew_stop_request(&stop, 1);
        assert_int_equal(errno, 4711);
    }
    curfew_stop_fini(&stop);
}

#define RACERS 8

struct request_race {
    struct curfew_stop stop;
    pthread_barrier_t start;
    atomic_int firsts;
    atomic_int next_reason;
    atomic_int winner;
};

static void *race_request(void *context)
{
    struct request_race *race = context;
    int reason = CURFEW_REASON_USER + atomic_fetch_add(&race->next_reason, 1);
    (void)pthread_barrier_wait(&race->start);
    if (curfew_stop_request(&race->stop, reason)) {
        atomic_fetch_add(&race->firsts, 1);
        atomic_store(&race->winner, reason);
    }
    CHECK(curfew_stop_is_requested(&race->stop));
    CHECK(curfew_stop_wait(&race->stop, support_hang_deadline()) == 0);
    return NULL;
}

static void test_request_by_many_threads_has_one_winner(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct request_race race = { .stop = CURFEW_STOP_INIT };
        pthread_t threads[RACERS];
        assert_int_equal(pthread_barrier_init(&race.start, NULL, RACERS), 0);
        for (size_t i = 0; i < RACERS; i++) {
            threads[i] = support_start(race_request, &race);
        }
        for (size_t i = 0; i < RACERS; i++) {
            support_join(threads[i]);
        }
        assert_int_equal(race.firsts, 1);
        assert_int_equal(curfew_stop_reason(&race.stop), race.winner);
        curfew_stop_fini(&race.stop);
        assert_int_equal(pthread_barrier_destroy(&race.start), 0);
    }
}

/* What was written before a request is visible after it: plain data, so that TSan judges the edge.
 */
struct publish {
    struct curfew_stop stop;
    int data;
};

static void *publish(void *context)
{
    struct publish *published = context;
    published->data = 42;
    (void)curfew_stop_request(&published->stop, 1);
    return NULL;
}

static void test_request_publishes_what_was_written_before(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        struct publish published = { .stop = CURFEW_STOP_INIT };
        pthread_t thread = support_start(publish, &published);
        if (round % 2 == 0) {
            AWAIT(curfew_stop_is_requested(&published.stop));
        } else {
            assert_int_equal(curfew_stop_wait(&published.stop, support_hang_deadline()), 0);
        }
        assert_int_equal(published.data, 42);
        support_join(thread);
        curfew_stop_fini(&published.stop);
    }
}

/* ---- parents and deadlines ---- */

static void test_init_chain_beyond_depth_is_refused(void **state)
{
    (void)state;
    struct curfew_stop chain[CURFEW_STOP_DEPTH_MAX + 1];
    for (size_t i = 0; i < CURFEW_STOP_DEPTH_MAX; i++) {
        assert_int_equal(
            curfew_stop_init(&chain[i], i == 0 ? NULL : &chain[i - 1], CURFEW_NO_DEADLINE), 0);
    }
    assert_int_equal(curfew_stop_init(&chain[CURFEW_STOP_DEPTH_MAX],
                                      &chain[CURFEW_STOP_DEPTH_MAX - 1], CURFEW_NO_DEADLINE),
                     -ELOOP);
    for (size_t i = CURFEW_STOP_DEPTH_MAX; i > 0; i--) {
        curfew_stop_fini(&chain[i - 1]);
    }
}

static void *wait_forever(void *context)
{
    CHECK(curfew_stop_wait(context, CURFEW_NO_DEADLINE) == 0);
    return NULL;
}

struct tid_wait {
    struct curfew_stop *stop;
    atomic_int tid;
};

static void *wait_forever_with_tid(void *context)
{
    struct tid_wait *wait = context;
    support_meet_signals();
    atomic_store(&wait->tid, gettid());
    return wait_forever(wait->stop);
}

static void test_parent_request_reaches_every_depth(void **state)
{
    (void)state;
    for (size_t requested = 0; requested < CURFEW_STOP_DEPTH_MAX; requested++) {
        struct curfew_stop chain[CURFEW_STOP_DEPTH_MAX];
        struct tid_wait waits[CURFEW_STOP_DEPTH_MAX];
        pthread_t threads[CURFEW_STOP_DEPTH_MAX];
        for (size_t i = 0; i < CURFEW_STOP_DEPTH_MAX; i++) {
            assert_int_equal(
                curfew_stop_init(&chain[i], i == 0 ? NULL : &chain[i - 1], CURFEW_NO_DEADLINE), 0);
        }
        for (size_t i = requested; i < CURFEW_STOP_DEPTH_MAX; i++) {
            waits[i].stop = &chain[i];
            atomic_init(&waits[i].tid, 0);
            threads[i] = support_start(wait_forever_with_tid, &waits[i]);
            AWAIT(atomic_load(&waits[i].tid) != 0);
            support_await_blocked(atomic_load(&waits[i].tid));
        }
        assert_true(curfew_stop_request(&chain[requested], SIGTERM));
        for (size_t i = 0; i < CURFEW_STOP_DEPTH_MAX; i++) {
            bool below = i >= requested;
            assert_int_equal(curfew_stop_is_requested(&chain[i]), below);
            assert_int_equal(curfew_stop_reason(&chain[i]), below ? SIGTERM : 0);
            if (below) {
                support_join(threads[i]);
                assert_int_equal(curfew_stop_wait(&chain[i], CURFEW_NO_DEADLINE), 0);
            } else {
                assert_int_equal(curfew_stop_wait(&chain[i], SUPPORT_PAST), -ETIMEDOUT);
            }
        }
        for (size_t i = CURFEW_STOP_DEPTH_MAX; i > 0; i--) {
            curfew_stop_fini(&chain[i - 1]);
        }
    }
}

static void test_reason_own_request_wins_over_ancestors(void **state)
{
    (void)state;
    struct curfew_stop top = CURFEW_STOP_INIT;
    struct curfew_stop middle;
    struct curfew_stop bottom;
    assert_int_equal(curfew_stop_init(&middle, &top, CURFEW_NO_DEADLINE), 0);
    assert_int_equal(curfew_stop_init(&bottom, &middle, CURFEW_NO_DEADLINE), 0);
    assert_true(curfew_stop_request(&top, SIGTERM));
    assert_int_equal(curfew_stop_reason(&bottom), SIGTERM);
    assert_true(curfew_stop_request(&middle, SIGINT)); /* the first on this stop */
    assert_int_equal(curfew_stop_reason(&bottom), SIGINT);
    assert_int_equal(curfew_stop_reason(&middle), SIGINT);
    assert_true(curfew_stop_request(&bottom, SIGHUP));
    assert_int_equal(curfew_stop_reason(&bottom), SIGHUP);
    assert_int_equal(curfew_stop_reason(&top), SIGTERM);
    curfew_stop_fini(&bottom);
    curfew_stop_fini(&middle);
    curfew_stop_fini(&top);
}

static void test_own_deadline_requests_the_stop(void **state)
{
    (void)state;
    struct curfew_stop parent = CURFEW_STOP_INIT;
    struct curfew_stop stop;
    struct curfew_stop child;
    uint64_t deadline = curfew_deadline_after(20 * SUPPORT_MS_NS);
    assert_int_equal(curfew_stop_init(&stop, &parent, deadline), 0);
    assert_int_equal(curfew_stop_init(&child, &stop, CURFEW_NO_DEADLINE), 0);
    assert_int_equal(curfew_stop_wait(&child, CURFEW_NO_DEADLINE), 0);
    assert_true(curfew_deadline_after(0) >= deadline);
    assert_true(curfew_stop_is_requested(&child));
    assert_int_equal(curfew_stop_reason(&child), CURFEW_REASON_DEADLINE);
    assert_int_equal(curfew_stop_reason(&stop), CURFEW_REASON_DEADLINE);
    assert_false(curfew_stop_is_requested(&parent));
    curfew_stop_fini(&child);
    curfew_stop_fini(&stop);
    curfew_stop_fini(&parent);
}

static void test_own_deadline_at_zero_makes_the_descriptor_readable(void **state)
{
    (void)state; /* A timer that is set to 0 would never fire. */
    struct curfew_stop stop;
    assert_int_equal(curfew_stop_init(&stop, NULL, 0), 0);
    assert_true(curfew_stop_is_requested(&stop));
    struct pollfd one = { .fd = curfew_stop_fd(&stop), .events = POLLIN };
    assert_int_equal(poll(&one, 1, (int)(SUPPORT_HANG_NS / SUPPORT_MS_NS)), 1);
    curfew_stop_fini(&stop);
}

static void test_own_deadline_in_the_past_is_requested_at_once(void **state)
{
    (void)state;
    struct curfew_stop stop;
    assert_int_equal(curfew_stop_init(&stop, NULL, SUPPORT_PAST), 0);
    assert_true(curfew_stop_is_requested(&stop));
    assert_int_equal(curfew_stop_reason(&stop), CURFEW_REASON_DEADLINE);
    assert_int_equal(curfew_stop_wait(&stop, CURFEW_NO_DEADLINE), 0);
    assert_false(curfew_stop_request(&stop, SIGTERM)); /* the deadline was first */
    assert_int_equal(curfew_stop_reason(&stop), CURFEW_REASON_DEADLINE);
    curfew_stop_fini(&stop);
}

static void test_own_deadline_after_request_keeps_the_reason(void **state)
{
    (void)state;
    struct curfew_stop stop;
    uint64_t deadline = curfew_deadline_after(10 * SUPPORT_MS_NS);
    assert_int_equal(curfew_stop_init(&stop, NULL, deadline), 0);
    bool first = curfew_stop_request(&stop, SIGTERM);
    AWAIT(curfew_deadline_after(0) > deadline);
    /* On a machine that slept 10 ms in between, the deadline may have been first. */
    assert_int_equal(curfew_stop_reason(&stop), first ? SIGTERM : CURFEW_REASON_DEADLINE);
    curfew_stop_fini(&stop);
}

static void test_own_deadline_makes_the_descriptor_readable(void **state)
{
    (void)state;
    struct curfew_stop stop;
    struct curfew_stop child;
    assert_int_equal(curfew_stop_init(&stop, NULL, curfew_deadline_after(20 * SUPPORT_MS_NS)), 0);
    assert_int_equal(curfew_stop_init(&child, &stop, CURFEW_NO_DEADLINE), 0);
    struct pollfd fds = { .fd = curfew_stop_fd(&child), .events = POLLIN };
    assert_true(fds.fd >= 0);
    assert_int_equal(poll(&fds, 1, (int)(SUPPORT_HANG_NS / SUPPORT_MS_NS)), 1);
    assert_true(curfew_stop_is_requested(&child));
    curfew_stop_fini(&child);
    curfew_stop_fini(&stop);
}

/* ---- wait ---- */

static void test_wait_without_request_times_out_after_the_deadline(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    assert_int_equal(curfew_stop_wait(&stop, 0), -ETIMEDOUT);
    assert_int_equal(curfew_stop_wait(&stop, SUPPORT_PAST), -ETIMEDOUT);
    uint64_t deadline = curfew_deadline_after(20 * SUPPORT_MS_NS + 1);
    assert_int_equal(curfew_stop_wait(&stop, deadline), -ETIMEDOUT);
    assert_true(curfew_deadline_after(0) >= deadline); /* never early */
    assert_false(curfew_stop_is_requested(&stop));
    curfew_stop_fini(&stop);
}

static void test_wait_by_many_threads_all_wake(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct tid_wait waits[RACERS];
    pthread_t threads[RACERS];
    for (size_t i = 0; i < RACERS; i++) {
        waits[i].stop = &stop;
        atomic_init(&waits[i].tid, 0);
        threads[i] = support_start(wait_forever_with_tid, &waits[i]);
        AWAIT(atomic_load(&waits[i].tid) != 0);
        support_await_blocked(atomic_load(&waits[i].tid));
    }
    assert_true(curfew_stop_request(&stop, 1));
    for (size_t i = 0; i < RACERS; i++) {
        support_join(threads[i]);
    }
    curfew_stop_fini(&stop);
}

static void test_wait_racing_request_is_never_lost(void **state)
{
    (void)state;
    for (int round = 0; round < 1000; round++) {
        struct curfew_stop parent = CURFEW_STOP_INIT;
        struct curfew_stop stop;
        assert_int_equal(curfew_stop_init(&stop, &parent, CURFEW_NO_DEADLINE), 0);
        pthread_t thread = support_start(wait_forever, &stop);
        assert_true(curfew_stop_request(round % 2 == 0 ? &stop : &parent, 1));
        support_join(thread);
        curfew_stop_fini(&stop);
        curfew_stop_fini(&parent);
    }
}

/* A storm of handlers that request the stop on the very threads that wait for it. */
#define STORM_SIGNALS 300
static struct curfew_stop storm_stop = CURFEW_STOP_INIT;
static atomic_int storm_handled;
static atomic_int storm_firsts;
static atomic_int storm_errno_changed;

static void request_in_storm(int signo)
{
    int before = errno;
    errno = 4711;
    if (atomic_fetch_add(&storm_handled, 1) + 1 >= STORM_SIGNALS) {
        if (curfew_stop_request(&storm_stop, signo)) {
            atomic_fetch_add(&storm_firsts, 1);
        }
        CHECK(curfew_stop_is_requested(&storm_stop));
        CHECK(curfew_stop_reason(&storm_stop) == signo);
        CHECK(curfew_reason_name(signo) != NULL && curfew_deadline_after(0) != 0);
    } else {
        (void)curfew_stop_is_requested(&storm_stop);
    }
    if (errno != 4711) {
        atomic_fetch_add(&storm_errno_changed, 1);
    }
    errno = before;
}

static void test_request_in_handler_storm_wakes_all_once(void **state)
{
    (void)state;
    struct tid_wait waits[RACERS];
    pthread_t threads[RACERS];
    support_handle(SIGUSR1, request_in_storm);
    for (size_t i = 0; i < RACERS; i++) {
        waits[i].stop = &storm_stop;
        atomic_init(&waits[i].tid, 0);
        threads[i] = support_start(wait_forever_with_tid, &waits[i]);
        AWAIT(atomic_load(&waits[i].tid) != 0);
    }
    /* The threads stay until joined, so their pthread_t stay good. */
    for (int sent = 0; sent < STORM_SIGNALS; sent++) {
        CHECK(pthread_kill(threads[sent % RACERS], SIGUSR1) == 0);
        AWAIT(atomic_load(&storm_handled) == sent + 1);
    }
    for (size_t i = 0; i < RACERS; i++) {
        support_join(threads[i]);
    }
    assert_int_equal(storm_firsts, 1);
    assert_int_equal(storm_errno_changed, 0);
    assert_int_equal(curfew_stop_reason(&storm_stop), SIGUSR1);
    support_handle(SIGUSR1, SIG_DFL);
    curfew_stop_fini(&storm_stop);
}

static atomic_int harmless_handled;
static atomic_bool harmless_met;

static void handle_harmless(int signo)
{
    (void)signo;
    atomic_fetch_add(&harmless_handled, 1);
}

static void *time_out_under_signals(void *context)
{
    atomic_int *done = context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    support_meet_signals();
    atomic_store(&harmless_met, true);
    for (int round = 0; round < 5; round++) {
        uint64_t deadline = curfew_deadline_after(5 * SUPPORT_MS_NS);
        CHECK(curfew_stop_wait(&stop, deadline) == -ETIMEDOUT);
        CHECK(curfew_deadline_after(0) >= deadline);
    }
    curfew_stop_fini(&stop);
    atomic_store(done, 1);
    return NULL;
}

static void test_wait_under_signals_runs_handlers_and_goes_on(void **state)
{
    (void)state;
    atomic_int done = 0;
    support_handle(SIGUSR2, handle_harmless);
    pthread_t thread = support_start(time_out_under_signals, &done);
    AWAIT(atomic_load(&harmless_met));
    while (!atomic_load(&done)) {
        int before = atomic_load(&harmless_handled);
        CHECK(pthread_kill(thread, SIGUSR2) == 0);
        AWAIT(atomic_load(&harmless_handled) != before || atomic_load(&done));
    }
    support_join(thread);
    assert_true(harmless_handled > 0);
    support_handle(SIGUSR2, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadline_after_zero_is_monotonic_now),
        cmocka_unit_test(test_deadline_after_too_much_saturates),
        cmocka_unit_test(test_reason_name_of_each_reason_is_readable),
        cmocka_unit_test(test_request_once_is_first_and_stays),
        cmocka_unit_test(test_request_before_wait_is_remembered),
        cmocka_unit_test(test_request_keeps_errno),
        cmocka_unit_test(test_request_by_many_threads_has_one_winner),
        cmocka_unit_test(test_request_publishes_what_was_written_before),
        cmocka_unit_test(test_init_chain_beyond_depth_is_refused),
        cmocka_unit_test(test_parent_request_reaches_every_depth),
        cmocka_unit_test(test_reason_own_request_wins_over_ancestors),
        cmocka_unit_test(test_own_deadline_requests_the_stop),
        cmocka_unit_test(test_own_deadline_at_zero_makes_the_descriptor_readable),
        cmocka_unit_test(test_own_deadline_in_the_past_is_requested_at_once),
        cmocka_unit_test(test_own_deadline_after_request_keeps_the_reason),
        cmocka_unit_test(test_own_deadline_makes_the_descriptor_readable),
        cmocka_unit_test(test_wait_without_request_times_out_after_the_deadline),
        cmocka_unit_test(test_wait_by_many_threads_all_wake),
        cmocka_unit_test(test_wait_racing_request_is_never_lost),
        cmocka_unit_test(test_request_in_handler_storm_wakes_all_once),
        cmocka_unit_test(test_wait_under_signals_runs_handlers_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
