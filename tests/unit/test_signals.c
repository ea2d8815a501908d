/* SPDX-License-Identifier: MIT
 *
 * test_signals.c -- curfew/signals.h.  Each case runs in a forked child of its own, for
 * dispositions and masks belong to the process; the parent checks how it ended and what it wrote to
 * stderr.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
    support_assert_passes(check_wrong_configs);
}

static int errno_after_write; /* what the wrapped write leaves; 0: what it was */

static void check_early_latch(void *context)
{
    (void)context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct sigaction action;
    CHECK(curfew_signals_early(NULL) == 0);
    CHECK(sigaction(SIGTERM, NULL, &action) == 0 && (action.sa_flags & SA_RESTART) != 0);
    errno_after_write = EAGAIN; /* The descriptor is readable already: nothing of the program's. */
    errno = ERANGE;
    CHECK(raise(SIGUSR1) == 0 && errno == ERANGE);
    errno_after_write = 0;
    support_deliver(SIGTERM);
    support_deliver(SIGHUP); /* cannot cancel it */
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
    support_assert_passes(check_early_latch);
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
    support_assert_passes(check_blocked_at_start);
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
    support_deliver(SIGTERM);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
    CHECK(!is_default(SIGHUP) && !is_default(SIGINT) && is_default(SIGTERM));
}

static void test_early_with_a_signal_ignored_at_start_leaves_it_ignored(void **state)
{
    (void)state;
    support_assert_passes(check_ignored_at_start);
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
    support_deliver(SIGTERM);
    CHECK(!curfew_stop_is_requested(&first)); /* unbound */
    CHECK(curfew_signals_bind(&second) == 0);
    CHECK(curfew_stop_reason(&second) == SIGTERM);
    support_deliver(SIGINT); /* the first stays the reason */
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
    support_deliver(SIGINT);
    support_join(thread);
    CHECK(curfew_stop_reason(&third) == SIGINT);
    curfew_signals_fini();
}

static void test_bind_hands_over_the_first_stop_signal(void **state)
{
    (void)state;
    support_assert_passes(check_bind);
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
    support_deliver(SIGHUP);
    CHECK(readable(fd));
    support_deliver(SIGHUP);
    support_deliver(SIGUSR1);
    support_deliver(SIGTERM);
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
    support_assert_passes(check_take);
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
    support_deliver(SIGTERM); /* one after thousands is not lost */
    struct curfew_stop stop = CURFEW_STOP_INIT;
    CHECK(curfew_signals_bind(&stop) == 0);
    CHECK(curfew_stop_reason(&stop) == SIGTERM);
    curfew_signals_fini();
}

static void test_take_in_a_storm_comes_to_rest_and_loses_no_other(void **state)
{
    (void)state;
    support_assert_passes(check_take_in_storm);
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
        support_deliver(signo);
    }
    errno = saved_errno;
    return result;
}

static int slow_fd = -1;             /* a write to it takes its time, in the handler */
static atomic_bool write_begun;      /* the handler is there */
static atomic_bool unbound;          /* bind(NULL) has returned */
static atomic_bool unbound_too_soon; /* while the handler was there */
static atomic_bool written_after_close;

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
    ssize_t result = __real_write(fd, data, size_bytes);
    if (result < 0 && errno == EBADF && fd >= 0) { /* -1 is how a handler is told of the end */
        atomic_store(&written_after_close, true);
    }
    errno = errno_after_write != 0 ? errno_after_write : errno;
    return result;
}

/* An arrival between take's two steps: it is taken or stays to be taken, and the descriptor tells.
 */
static void check_take_window(void *context)
{
    (void)context;
    int signals[] = { SIGHUP, SIGUSR1 };
    CHECK(curfew_signals_early(NULL) == 0);
    for (size_t i = 0; i < 2; i++) {
        support_deliver(SIGHUP);
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
    support_assert_passes(check_take_window);
}

/* After bind(NULL) the stop that was bound may be freed, though a handler on another thread has it.
 */
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
    support_assert_passes(check_unbind_under_handler);
}

/* The windows above are hit exactly, in children; these two let the handler come when it will, in
 * this process, for whoever tries many interleavings. */
static void test_bind_null_while_another_thread_handles_lets_go_of_the_stop(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    assert_int_equal(curfew_signals_early(NULL), 0);
    assert_int_equal(curfew_signals_bind(&stop), 0);
    pthread_t thread = support_start(raise_term, NULL);
    assert_int_equal(curfew_signals_bind(NULL), 0);
    bool requested = curfew_stop_is_requested(&stop);
    support_join(thread);
    assert_int_equal(curfew_stop_is_requested(&stop), requested); /* it may have been freed */
    assert_int_equal(curfew_signals_bind(&stop), 0);
    assert_int_equal(curfew_stop_reason(&stop), SIGTERM); /* lost by neither */
    curfew_signals_fini();
    curfew_stop_fini(&stop);
}

static void handle_nothing(int signo)
{
    (void)signo;
}

static void *raise_hup(void *context)
{
    (void)context;
    CHECK(raise(SIGHUP) == 0);
    (void)usleep(0);
    return NULL;
}

static void test_fini_while_another_thread_handles_closes_after_it(void **state)
{
    (void)state;
    struct curfew_signals_config config = { .latch_signals = CURFEW_SIGNAL_BIT(SIGHUP) };
    support_handle(SIGHUP, handle_nothing); /* when fini was faster */
    for (int round = 0; round < 4; round++) {
        assert_int_equal(curfew_signals_early(&config), 0);
        pthread_t thread = support_start(raise_hup, NULL);
        curfew_signals_fini();
        support_join(thread);
        assert_false(atomic_load(&written_after_close));
    }
    support_handle(SIGHUP, SIG_DFL);
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
        cmocka_unit_test(test_bind_null_while_another_thread_handles_lets_go_of_the_stop),
        cmocka_unit_test(test_fini_while_another_thread_handles_closes_after_it),
    };
    return cmocka_run_group_tests(tests, support_forget_signals, NULL);
}
