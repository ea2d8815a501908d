/* SPDX-License-Identifier: MIT
 *
 * test_signals.c -- curfew/signals.h.  Each case runs in a forked child of its own, for dispositions and
 * masks belong to the process; the parent checks how it ended and what it wrote to stderr.
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

static void assert_passes(void (*fn)(void *))
{
    int status = support_run_child(fn, NULL, &output);
    if (!support_exited(status, 0)) {
        fail_msg("wait status %d; stderr: %s", status, output.text);
    }
}

/* Delivers a signal to this process and returns when its handler has run: raise does so by POSIX, and
 * under ThreadSanitizer after a call that it knows as blocking. */
static void deliver(int signo)
{
    unsigned before = curfew_signals_count(signo);
    CHECK(kill(getpid(), signo) == 0);
    AWAIT(usleep(0) || curfew_signals_count(signo) != before);
}

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

/* ---- early ---- */

static void check_wrong_configs(void *context)
{
    (void)context;
    static const int never[] = { SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE,
                                 SIGILL,  SIGTRAP, SIGSYS,  32,     33 };
    unsigned fds = support_count_fds();
    for (size_t i = 0; i < ARRAY_LENGTH(never); i++) {
        struct curfew_signals_config config = usual();
        config.stop_signals |= CURFEW_SIGNAL_BIT(never[i]);
        CHECK(curfew_signals_early(&config) == -EINVAL);
        config = usual();
        config.latch_signals |= CURFEW_SIGNAL_BIT(never[i]);
        CHECK(curfew_signals_early(&config) == -EINVAL);
    }
    struct curfew_signals_config config = usual();
    config.latch_signals |= CURFEW_SIGNAL_BIT(SIGTERM);
    CHECK(curfew_signals_early(&config) == -EINVAL); /* overlap */
    config = usual();
    config.force_signals |= CURFEW_SIGNAL_BIT(SIGHUP);
    CHECK(curfew_signals_early(&config) == -EINVAL); /* no subset */
    config.force_signals = CURFEW_SIGNAL_BIT(SIGQUIT);
    CHECK(curfew_signals_early(&config) == -EINVAL);
    CHECK(is_default(SIGTERM) && is_default(SIGHUP)); /* nothing is changed */
    CHECK(support_count_fds() == fds);

    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(curfew_signals_bind(&stop) == -EINVAL); /* not installed */
    CHECK(curfew_signals_fd() == -EINVAL);
    CHECK(!curfew_signals_take(SIGTERM));
    CHECK(curfew_signals_count(SIGTERM) == 0);
    curfew_signals_fini();
    curfew_signals_child();

    CHECK(curfew_signals_early(NULL) == 0); /* the usual one */
    CHECK(curfew_signals_early(NULL) == -EALREADY);
    CHECK(!is_default(SIGTERM) && !is_default(SIGINT) && !is_default(SIGHUP) &&
          !is_default(SIGUSR1));
    CHECK(is_default(SIGUSR2) && is_default(SIGQUIT));
    curfew_signals_fini();
    CHECK(support_count_fds() == fds);
}

static void test_early_with_wrong_config_is_invalid_and_changes_nothing(void **state)
{
    (void)state;
    assert_passes(check_wrong_configs);
}

static void check_early_latch(void *context)
{
    (void)context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(curfew_signals_early(NULL) == 0);
    deliver(SIGTERM);
    deliver(SIGHUP); /* cannot cancel it */
    CHECK(!curfew_stop_is_requested(&stop));
    CHECK(curfew_signals_bind(&stop) == 0);
    CHECK(curfew_stop_is_requested(&stop)); /* at once */
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    CHECK(curfew_stop_wait(&stop, CURFEW_NO_DEADLINE) == 0);
    curfew_signals_fini(); /* handed over, so not raised again */
    CHECK(is_default(SIGTERM));
}

static void test_early_signal_before_bind_is_remembered(void **state)
{
    (void)state;
    assert_passes(check_early_latch);
}

static void check_blocked_at_start(void *context)
{
    (void)context;
    sigset_t blocked;
    sigset_t now;
    CHECK(sigemptyset(&blocked) == 0);
    CHECK(sigaddset(&blocked, SIGTERM) == 0);
    CHECK(sigaddset(&blocked, SIGUSR2) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &blocked, NULL) == 0);
    CHECK(kill(getpid(), SIGTERM) == 0); /* pending */
    CHECK(curfew_signals_early(NULL) == 0);
    AWAIT(usleep(0) || curfew_signals_count(SIGTERM) == 1);
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0);
    CHECK(!sigismember(&now, SIGTERM));
    CHECK(sigismember(&now, SIGUSR2)); /* none of ours */
    /* Handed to nobody, so it is raised again; and waits, as it did before. */
    curfew_signals_fini();
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0);
    CHECK(sigismember(&now, SIGTERM) && sigismember(&now, SIGUSR2));
    CHECK(sigpending(&now) == 0);
    CHECK(sigismember(&now, SIGTERM));
    CHECK(is_default(SIGTERM));
}

static void test_early_unblocks_its_signals_and_fini_restores_the_mask(void **state)
{
    (void)state;
    assert_passes(check_blocked_at_start);
}

static void check_ignored_at_start(void *context)
{
    (void)context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    support_handle(SIGHUP, SIG_IGN); /* nohup */
    support_handle(SIGINT, SIG_IGN); /* a background job */
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(curfew_signals_bind(&stop) == 0);
    for (int round = 0; round < 3; round++) {
        CHECK(raise(SIGHUP) == 0);
        CHECK(raise(SIGINT) == 0);
    }
    (void)usleep(0);
    CHECK(curfew_signals_count(SIGINT) == 0 && curfew_signals_count(SIGHUP) == 0);
    CHECK(!curfew_stop_is_requested(&stop));
    deliver(SIGTERM);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
    CHECK(!is_default(SIGHUP) && !is_default(SIGINT) && is_default(SIGTERM));
}

static void test_early_with_a_signal_ignored_at_start_leaves_it_ignored(void **state)
{
    (void)state;
    assert_passes(check_ignored_at_start);
}

/* ---- bind, take, count, fd ---- */

static void *wait_for_stop(void *stop)
{
    CHECK(curfew_stop_wait(stop, CURFEW_NO_DEADLINE) == 0);
    return NULL;
}

static void check_bind(void *context)
{
    (void)context;
    struct curfew_stop first = CURFEW_STOP_INIT;
    struct curfew_stop second = CURFEW_STOP_INIT;
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(curfew_signals_bind(&first) == 0);
    CHECK(curfew_signals_bind(NULL) == 0);
    deliver(SIGTERM);
    CHECK(!curfew_stop_is_requested(&first)); /* unbound */
    CHECK(curfew_signals_bind(&second) == 0);
    CHECK(curfew_stop_reason(&second) == SIGTERM);
    deliver(SIGINT); /* the first stays the reason */
    CHECK(curfew_stop_reason(&second) == SIGTERM);
    CHECK(curfew_signals_bind(&first) == 0); /* the first stop signal, as always */
    CHECK(curfew_stop_reason(&first) == SIGTERM);
    curfew_signals_fini();

    struct curfew_stop third = CURFEW_STOP_INIT;
    CHECK(curfew_signals_early(NULL) == 0); /* anew: forgets what was */
    CHECK(curfew_signals_count(SIGTERM) == 0);
    CHECK(curfew_signals_bind(&third) == 0);
    CHECK(!curfew_stop_is_requested(&third));
    pthread_t thread = support_start(wait_for_stop, &third);
    deliver(SIGINT);
    support_join(thread);
    CHECK(curfew_stop_reason(&third) == SIGINT);
    curfew_signals_fini();
}

static void test_bind_hands_over_the_first_stop_signal(void **state)
{
    (void)state;
    assert_passes(check_bind);
}

static void check_take(void *context)
{
    (void)context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(curfew_signals_bind(&stop) == 0);
    int fd = curfew_signals_fd();
    CHECK(fd >= 0 && !readable(fd));
    CHECK(!curfew_signals_take(SIGHUP));
    deliver(SIGHUP);
    CHECK(readable(fd));
    deliver(SIGHUP);
    deliver(SIGUSR1);
    deliver(SIGTERM);
    CHECK(curfew_stop_reason(&stop) == SIGTERM); /* HUP and USR1 were no stop */
    CHECK(curfew_signals_count(SIGHUP) == 2);
    errno = 4711;
    CHECK(curfew_signals_take(SIGHUP));
    CHECK(errno == 4711);
    CHECK(!curfew_signals_take(SIGHUP)); /* forgotten */
    CHECK(readable(fd));
    CHECK(curfew_signals_take(SIGUSR1));
    CHECK(readable(fd)); /* TERM is not taken yet */
    CHECK(curfew_signals_take(SIGTERM));
    CHECK(!readable(fd));
    CHECK(curfew_signals_count(SIGHUP) == 2 && curfew_signals_count(SIGTERM) == 1);
    CHECK(curfew_stop_is_requested(&stop));
    CHECK(!curfew_signals_take(0) && !curfew_signals_take(-1) && !curfew_signals_take(65));
    CHECK(curfew_signals_count(0) == 0 && curfew_signals_count(65) == 0);
    CHECK(curfew_signals_fd() == fd);
    curfew_signals_fini();
}

static void test_take_of_each_signal_is_its_own(void **state)
{
    (void)state;
    assert_passes(check_take);
}

#define STORM 20000

static void *send_hups(void *context)
{
    (void)context;
    for (int sent = 0; sent < STORM; sent++) {
        CHECK(kill(getpid(), SIGHUP) == 0);
    }
    return NULL;
}

/* A loop that takes must come to rest when the signals do. */
static void check_take_in_storm(void *context)
{
    (void)context;
    sigset_t all;
    sigset_t old;
    unsigned taken = 0;
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(sigfillset(&all) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &old) == 0);
    pthread_t sender = support_start(send_hups, NULL);
    CHECK(pthread_sigmask(SIG_SETMASK, &old, NULL) == 0);
    while (pthread_tryjoin_np(sender, NULL) == EBUSY) {
        taken += curfew_signals_take(SIGHUP);
    }
    (void)usleep(0);
    taken += curfew_signals_take(SIGHUP);
    CHECK(!curfew_signals_take(SIGHUP) && !readable(curfew_signals_fd()));
    CHECK(taken > 0 && taken <= curfew_signals_count(SIGHUP));
    deliver(SIGTERM); /* one after thousands is not lost */
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(curfew_signals_bind(&stop) == 0);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
}

static void test_take_in_a_storm_comes_to_rest_and_loses_no_other(void **state)
{
    (void)state;
    assert_passes(check_take_in_storm);
}

/* The library's read and write go through these (the linker's --wrap), to hit windows exactly. */
ssize_t __real_read(int fd, void *data, size_t size_bytes);
ssize_t __real_write(int fd, const void *data, size_t size_bytes);
ssize_t __wrap_read(int fd, void *data, size_t size_bytes);
ssize_t __wrap_write(int fd, const void *data, size_t size_bytes);

static int raise_after_read; /* a signal; 0: none */

ssize_t __wrap_read(int fd, void *data, size_t size_bytes)
{
    ssize_t result = __real_read(fd, data, size_bytes);
    int saved_errno = errno;
    int signo = raise_after_read;
    raise_after_read = 0;
    if (signo != 0) {
        deliver(signo);
    }
    errno = saved_errno;
    return result;
}

static int slow_fd = -1;             /* a write to it takes its time, in the handler */
static atomic_bool write_begun;      /* the handler is there */
static atomic_bool unbound;          /* bind(NULL) has returned */
static atomic_bool unbound_too_soon; /* while the handler was there */

ssize_t __wrap_write(int fd, const void *data, size_t size_bytes)
{
    if (fd == slow_fd) {
        atomic_store(&write_begun, true);
        /* Plenty for bind to return if it does not wait for us; then it never does. */
        for (int yields = 0; yields < 2000 && !atomic_load(&unbound); yields++) {
            sched_yield();
        }
        atomic_store(&unbound_too_soon, atomic_load(&unbound));
    }
    return __real_write(fd, data, size_bytes);
}

/* An arrival between take's two steps: it is taken or stays to be taken, and the descriptor tells. */
static void check_take_window(void *context)
{
    (void)context;
    int signals[] = { SIGHUP, SIGUSR1 };
    CHECK(curfew_signals_early(NULL) == 0);
    for (size_t i = 0; i < 2; i++) {
        deliver(SIGHUP);
        raise_after_read = signals[i];
        CHECK(curfew_signals_take(SIGHUP));
        CHECK(raise_after_read == 0);
        CHECK(curfew_signals_take(SIGUSR1) == (i == 1));
        CHECK(!curfew_signals_take(SIGHUP));
        CHECK(!readable(curfew_signals_fd())); /* or who polls would spin for ever */
    }
    curfew_signals_fini();
}

static void test_take_while_one_arrives_leaves_the_descriptor_right(void **state)
{
    (void)state;
    assert_passes(check_take_window);
}

/* After bind(NULL) the stop that was bound may be freed, though a handler on another thread has it. */
static void *raise_term(void *context)
{
    (void)context;
    CHECK(raise(SIGTERM) == 0);
    (void)usleep(0);
    return NULL;
}

static void check_unbind_under_handler(void *context)
{
    (void)context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(curfew_signals_bind(&stop) == 0);
    slow_fd = curfew_stop_fd(&stop);
    CHECK(slow_fd >= 0);
    pthread_t thread = support_start(raise_term, NULL);
    AWAIT(atomic_load(&write_begun));
    CHECK(curfew_signals_bind(NULL) == 0);
    atomic_store(&unbound, true);
    support_join(thread);
    CHECK(!atomic_load(&unbound_too_soon));
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_stop_fini(&stop);
    curfew_signals_fini();
}

static void test_bind_null_waits_for_a_handler_that_has_the_stop(void **state)
{
    (void)state;
    assert_passes(check_unbind_under_handler);
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
    deliver(SIGINT);
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
        deliver(SIGTERM);
    }
    deliver(SIGINT); /* the first of its kind forces nothing */
    CHECK(curfew_signals_count(SIGTERM) == 5);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
}

static void test_second_term_does_nothing(void **state)
{
    (void)state;
    assert_passes(check_second_term);
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
        deliver(SIGTERM);
    }
    CHECK(curfew_signals_bind(&stop) == 0);
    if (!limit->early) {
        deliver(SIGTERM);
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
    deliver(SIGTERM);
    curfew_signals_fini(); /* home in time: the limit is off, and its thread has gone */
    AWAIT(support_count_threads() == threads);
    curfew_stop_fini(&stop);
}

static void test_hard_limit_not_reached_leaves_no_trace(void **state)
{
    (void)state;
    assert_passes(check_limit_not_reached);
}

/* ---- fini, child, fork ---- */

static void lose_term(void *context)
{
    (void)context;
    CHECK(curfew_signals_early(NULL) == 0);
    deliver(SIGTERM);
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

static void check_fini_restores(void *context)
{
    (void)context;
    support_handle(SIGTERM, handle_own);
    CHECK(curfew_signals_early(NULL) == 0);
    deliver(SIGHUP); /* latched signals are not raised again */
    curfew_signals_fini();
    CHECK(raise(SIGTERM) == 0);
    AWAIT(usleep(0) || own_handled == 1);
    CHECK(is_default(SIGINT) && is_default(SIGHUP) && is_default(SIGUSR1));
    curfew_signals_fini(); /* nothing happens */
}

static void test_fini_restores_dispositions(void **state)
{
    (void)state;
    assert_passes(check_fini_restores);
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
    deliver(SIGTERM);
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
    deliver(SIGTERM);
    CHECK(support_exited(support_run_child(fini_inherited, NULL, NULL), 0));
    CHECK(curfew_signals_bind(&stop) == 0);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
}

static void test_fork_child_dies_by_inherited_signals_or_restores_them(void **state)
{
    (void)state;
    assert_passes(check_fork);
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

/* Whoever runs the tests may ignore or block signals (nohup does). */
static int forget_what_was_inherited(void **state)
{
    (void)state;
    sigset_t none;
    for (int signo = 1; signo <= SIGSYS; signo++) {
        if (signo != SIGKILL && signo != SIGSTOP) {
            support_handle(signo, SIG_DFL);
        }
    }
    CHECK(sigemptyset(&none) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_early_with_wrong_config_is_invalid_and_changes_nothing),
        cmocka_unit_test(test_early_signal_before_bind_is_remembered),
        cmocka_unit_test(test_early_unblocks_its_signals_and_fini_restores_the_mask),
        cmocka_unit_test(test_early_with_a_signal_ignored_at_start_leaves_it_ignored),
        cmocka_unit_test(test_bind_hands_over_the_first_stop_signal),
        cmocka_unit_test(test_take_of_each_signal_is_its_own),
        cmocka_unit_test(test_take_in_a_storm_comes_to_rest_and_loses_no_other),
        cmocka_unit_test(test_take_while_one_arrives_leaves_the_descriptor_right),
        cmocka_unit_test(test_bind_null_waits_for_a_handler_that_has_the_stop),
        cmocka_unit_test(test_second_int_ends_at_once_without_destructors),
        cmocka_unit_test(test_second_term_does_nothing),
        cmocka_unit_test(test_hard_limit_names_the_late_and_exits),
        cmocka_unit_test(test_hard_limit_not_reached_leaves_no_trace),
        cmocka_unit_test(test_fini_with_an_unhanded_stop_signal_raises_it_again),
        cmocka_unit_test(test_fini_restores_dispositions),
        cmocka_unit_test(test_fork_child_dies_by_inherited_signals_or_restores_them),
        cmocka_unit_test(test_exit_status_follows_reason_and_policy),
        cmocka_unit_test(test_exit_status_reraise_ends_by_the_signal),
    };
    return cmocka_run_group_tests(tests, forget_what_was_inherited, NULL);
}
