/* SPDX-License-Identifier: MIT
 *
 * test_ending.c -- curfew/signals.h: how it ends, by force, by fini, in a forked child, with which
 * status.  Each case runs in a forked child of its own.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct child_output output;

static bool readable(int fd)
{
    struct pollfd fds = { .fd = fd, .events = POLLIN };
    return poll(&fds, 1, 0) == 1;
}

static struct curfew_signals_config usual(void)
{
    struct curfew_signals_config config = CURFEW_SIGNALS_CONFIG_INIT;
    return config;
}

static bool is_default(int signo)
{
    struct sigaction action;
    CHECK(sigaction(signo, NULL, &action) == 0);
    return action.sa_handler == SIG_DFL;
}

/* ---- the second signal ---- */

static void say_atexit(void)
{
    CHECK(write(STDERR_FILENO, "atexit\n", 7) == 7);
}

__attribute__((destructor)) static void say_destructor(void)
{
    if (getenv("SAY_DESTRUCTOR") != NULL) {
        CHECK(write(STDERR_FILENO, "destructor\n", 11) == 11);
    }
}

static void interrupt_twice(void *context)
{
    bool bind = context != NULL;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(atexit(say_atexit) == 0);
    CHECK(setenv("SAY_DESTRUCTOR", "1", 1) == 0);
    CHECK(curfew_signals_early(NULL) == 0);
    if (bind) {
        CHECK(curfew_signals_bind(&stop) == 0);
    }
    support_deliver(SIGINT);
    CHECK(kill(getpid(), SIGINT) == 0);
    AWAIT(usleep(0) == 1); /* until the process is ended */
}

static void test_second_int_ends_at_once_without_destructors(void **state)
{
    (void)state;
    int bind = 1;
    for (size_t i = 0; i < 2; i++) {
        int status = support_run_child(interrupt_twice, i == 0 ? NULL : &bind, &output);
        assert_true(support_exited(status, 128 + SIGINT));
        assert_string_equal(output.text, "");
    }
}

static void check_second_term(void *context)
{
    (void)context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(curfew_signals_bind(&stop) == 0);
    for (int round = 0; round < 5; round++) {
        support_deliver(SIGTERM);
    }
    support_deliver(SIGINT); /* the first of its kind forces nothing */
    CHECK(curfew_signals_count(SIGTERM) == 5);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
}

static void test_second_term_does_nothing(void **state)
{
    (void)state;
    support_assert_passes(check_second_term);
}

/* ---- the hard limit ---- */

static int ignore_stop(struct curfew_worker *self, void *context)
{
    (void)self;
    gate_wait(context);
    return 0;
}

struct limit {
    int report_fd;
    bool early; /* the signal comes before the bind */
};

static void exceed_limit(void *context)
{
    const struct limit *limit = context;
    static struct gate never = GATE_INIT;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_group *group;
    struct curfew_signals_config config = usual();
    config.hard_limit_ns = 30 * SUPPORT_MS_NS;
    config.report_fd = limit->report_fd;
    CHECK(atexit(say_atexit) == 0);
    CHECK(curfew_signals_early(&config) == 0);
    CHECK(curfew_group_new(&stop, 1, &group) == 0);
    CHECK(curfew_group_spawn(group, "stubborn-one", ignore_stop, &never, 0, NULL) == 0);
    CHECK(curfew_group_spawn(group, "stubborn-two", ignore_stop, &never, 0, NULL) == 0);
    CHECK(curfew_group_spawn(group, "a-daemon", ignore_stop, &never, CURFEW_WORKER_DAEMON, NULL) ==
          0);
    if (limit->early) {
        support_deliver(SIGTERM);
    }
    CHECK(curfew_signals_bind(&stop) == 0);
    if (!limit->early) {
        support_deliver(SIGTERM);
    }
    CHECK(curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL) == 0);
}

static void test_hard_limit_names_the_late_and_exits(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct limit limit = { .report_fd = STDERR_FILENO, .early = i == 1 };
        int status = support_run_child(exceed_limit, &limit, &output);
        assert_true(support_exited(status, 128 + SIGTERM));
        assert_non_null(strstr(output.text, "stubborn-one"));
        assert_non_null(strstr(output.text, "stubborn-two"));
        assert_null(strstr(output.text, "a-daemon"));
        assert_null(strstr(output.text, "atexit"));
        limit.report_fd = -1;
        status = support_run_child(exceed_limit, &limit, &output);
        assert_true(support_exited(status, 128 + SIGTERM));
        assert_string_equal(output.text, "");
    }
}

/* The library's _exit goes through this (the linker's --wrap), for a limit that ends the process of
 * the test itself. */
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

static atomic_int wanted_exit; /* it ends well with this status only; 0: as without the wrap */

_Noreturn void __wrap__exit(int status)
{
    int wanted = atomic_load(&wanted_exit);
    if (wanted != 0) {
        __real__exit(status == wanted ? 0 : 1);
    }
    __real__exit(status);
}

static void pass_limit_at_once(void *context)
{
    (void)context;
    static struct gate never = GATE_INIT;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_signals_config config = usual();
    config.hard_limit_ns = 1;
    config.report_fd = -1;
    CHECK(curfew_signals_early(&config) == 0);
    CHECK(curfew_signals_bind(&stop) == 0);
    atomic_store(&wanted_exit, 128 + SIGTERM);
    CHECK(raise(SIGTERM) == 0); /* the service may look while the handler starts the clock */
    gate_wait(&never);
}

static void test_hard_limit_passed_at_once_exits_with_its_status(void **state)
{
    (void)state;
#ifdef CURFEW_UNIT_CONTROLLED /* A child is not controlled, so it ends this very process. */
    pass_limit_at_once(NULL);
#else
    support_assert_passes(pass_limit_at_once);
#endif
}

static void check_limit_not_reached(void *context)
{
    (void)context;
    unsigned threads = support_count_threads();
    struct curfew_signals_config config = usual();
    struct curfew_stop stop = CURFEW_STOP_INIT;
    config.hard_limit_ns = 20 * SUPPORT_MS_NS;
    CHECK(curfew_signals_early(&config) == 0);
    CHECK(curfew_signals_bind(&stop) == 0);
    uint64_t before = curfew_deadline_after(20 * SUPPORT_MS_NS);
    CHECK(curfew_stop_wait(&stop, curfew_deadline_after(40 * SUPPORT_MS_NS)) == -ETIMEDOUT);
    CHECK(curfew_deadline_after(0) > before); /* no signal, no limit */
    config.hard_limit_ns = SUPPORT_HANG_NS;
    curfew_signals_fini();
    CHECK(curfew_signals_early(&config) == 0);
    CHECK(curfew_signals_bind(&stop) == 0);
    support_deliver(SIGTERM);
    curfew_signals_fini(); /* home in time: the limit is off, and its thread has gone */
    AWAIT(support_count_threads() == threads);
    curfew_stop_fini(&stop);
}

static void test_hard_limit_not_reached_leaves_no_trace(void **state)
{
    (void)state;
    support_assert_passes(check_limit_not_reached);
}

/* ---- fini, child, fork ---- */

static void lose_term(void *context)
{
    (void)context;
    CHECK(curfew_signals_early(NULL) == 0);
    support_deliver(SIGTERM);
    curfew_signals_fini(); /* raises it again */
    AWAIT(usleep(0) == 1);
}

static void test_fini_with_an_unhanded_stop_signal_raises_it_again(void **state)
{
    (void)state;
    assert_true(support_killed(support_run_child(lose_term, NULL, NULL), SIGTERM));
}

static atomic_int own_handled;

static void handle_own(int signo)
{
    (void)signo;
    atomic_fetch_add(&own_handled, 1);
}

static void take_and_fini(void *context)
{
    (void)context;
    CHECK(curfew_signals_early(NULL) == 0);
    support_deliver(SIGTERM);
    CHECK(curfew_signals_take(SIGTERM));
    curfew_signals_fini(); /* who took it knows of it */
}

static void test_fini_after_the_stop_signal_was_taken_raises_nothing(void **state)
{
    (void)state;
    support_assert_passes(take_and_fini);
}

static void check_fini_restores(void *context)
{
    (void)context;
    support_handle(SIGTERM, handle_own);
    CHECK(curfew_signals_early(NULL) == 0);
    support_deliver(SIGHUP); /* latched signals are not raised again */
    curfew_signals_fini();
    CHECK(raise(SIGTERM) == 0);
    AWAIT(usleep(0) || own_handled == 1);
    CHECK(is_default(SIGINT) && is_default(SIGHUP) && is_default(SIGUSR1));
    curfew_signals_fini(); /* nothing happens */
}

static void test_fini_restores_dispositions(void **state)
{
    (void)state;
    support_assert_passes(check_fini_restores);
}

static void signal_inherited(void *context)
{
    CHECK(kill(getpid(), *(int *)context) == 0);
    AWAIT(usleep(0) == 1);
}

static void check_after_child(void *context)
{
    int signals_fd = *(int *)context;
    sigset_t mask;
    errno = 0;
    curfew_signals_child();
    CHECK(is_default(SIGTERM) && is_default(SIGINT) && is_default(SIGHUP) && is_default(SIGUSR1));
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0);
    CHECK(sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGINT));
    CHECK(fcntl(signals_fd, F_GETFD) == -1 && errno == EBADF);
    curfew_signals_child(); /* nothing happens */
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(curfew_signals_early(NULL) == 0); /* the child may have signals of its own */
    CHECK(curfew_signals_bind(&stop) == 0);
    support_deliver(SIGTERM);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
}

static void fini_inherited(void *context)
{
    (void)context;
    curfew_signals_fini(); /* the parent's TERM is not ours to raise */
    CHECK(is_default(SIGINT));
}

static void check_fork(void *context)
{
    (void)context;
    sigset_t blocked;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(sigemptyset(&blocked) == 0);
    CHECK(sigaddset(&blocked, SIGTERM) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &blocked, NULL) == 0);
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(curfew_signals_bind(&stop) == 0);
    int fd = curfew_signals_fd();
    int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
    for (size_t i = 0; i < ARRAY_LENGTH(signals); i++) {
        int status = support_run_child(signal_inherited, &signals[i], NULL);
        CHECK(support_killed(status, signals[i]));
        CHECK(curfew_signals_count(signals[i]) == 0 && !readable(fd));
    }
    CHECK(!curfew_stop_is_requested(&stop)); /* the parent sees nothing */
    CHECK(support_exited(support_run_child(check_after_child, &fd, NULL), 0));
    CHECK(!curfew_stop_is_requested(&stop) && !readable(fd));
    CHECK(curfew_signals_bind(NULL) == 0);
    support_deliver(SIGTERM);
    CHECK(support_exited(support_run_child(fini_inherited, NULL, NULL), 0));
    CHECK(curfew_signals_bind(&stop) == 0);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
}

static void test_fork_child_dies_by_inherited_signals_or_restores_them(void **state)
{
    (void)state;
    support_assert_passes(check_fork);
}

/* ---- exit status ---- */

static void test_exit_status_follows_reason_and_policy(void **state)
{
    (void)state;
    static const struct {
        int reason;
        enum curfew_exit_policy policy;
        int expected;
    } cases[] = {
        { SIGTERM, CURFEW_EXIT_ZERO, EXIT_SUCCESS },
        { SIGTERM, CURFEW_EXIT_128, 128 + SIGTERM },
        { SIGINT, CURFEW_EXIT_128, 128 + SIGINT },
        { CURFEW_REASON_NONE, CURFEW_EXIT_128, EXIT_SUCCESS },
        { CURFEW_REASON_REQUEST, CURFEW_EXIT_128, EXIT_SUCCESS },
        { CURFEW_REASON_REQUEST, CURFEW_EXIT_RERAISE, EXIT_SUCCESS },
        { CURFEW_REASON_USER + 5, CURFEW_EXIT_RERAISE, EXIT_SUCCESS },
        { CURFEW_REASON_FAILURE, CURFEW_EXIT_ZERO, EXIT_FAILURE },
        { CURFEW_REASON_FAILURE, CURFEW_EXIT_RERAISE, EXIT_FAILURE },
        { CURFEW_REASON_DEADLINE, CURFEW_EXIT_ZERO, 124 },
        { CURFEW_REASON_DEADLINE, CURFEW_EXIT_128, 124 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_int_equal(curfew_signals_exit_status(cases[i].reason, cases[i].policy),
                         cases[i].expected);
    }
}

static void end_by_signal(void *context)
{
    int signo = *(int *)context;
    sigset_t blocked;
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(sigemptyset(&blocked) == 0);
    CHECK(sigaddset(&blocked, signo) == 0);
    CHECK(pthread_sigmask(SIG_BLOCK, &blocked, NULL) == 0); /* must not save it */
    _exit(curfew_signals_exit_status(signo, CURFEW_EXIT_RERAISE));
}

static void test_exit_status_reraise_ends_by_the_signal(void **state)
{
    (void)state;
    int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR2 };
    for (size_t i = 0; i < ARRAY_LENGTH(signals); i++) {
        assert_true(
            support_killed(support_run_child(end_by_signal, &signals[i], NULL), signals[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_int_ends_at_once_without_destructors),
        cmocka_unit_test(test_second_term_does_nothing),
        cmocka_unit_test(test_hard_limit_names_the_late_and_exits),
        cmocka_unit_test(test_hard_limit_passed_at_once_exits_with_its_status),
        cmocka_unit_test(test_hard_limit_not_reached_leaves_no_trace),
        cmocka_unit_test(test_fini_with_an_unhanded_stop_signal_raises_it_again),
        cmocka_unit_test(test_fini_after_the_stop_signal_was_taken_raises_nothing),
        cmocka_unit_test(test_fini_restores_dispositions),
        cmocka_unit_test(test_fork_child_dies_by_inherited_signals_or_restores_them),
        cmocka_unit_test(test_exit_status_follows_reason_and_policy),
        cmocka_unit_test(test_exit_status_reraise_ends_by_the_signal),
    };
    return cmocka_run_group_tests(tests, support_forget_signals, NULL);
}
