/* SPDX-License-Identifier: MIT
 *
 * test_descriptor.c -- the descriptors of curfew/stop.h: made, raced for, given back, refused,
 * forked.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- the descriptor ---- */

#define RACERS 8

static bool readable_within(int fd, int timeout_ms)
{
    struct pollfd fds = { .fd = fd, .events = POLLIN };
    int ready = poll(&fds, 1, timeout_ms);
    CHECK(ready >= 0);
    return ready == 1 && (fds.revents & POLLIN) != 0;
}

static bool readable(int fd)
{
    return readable_within(fd, 0);
}

static void test_fd_after_request_is_readable_for_ever(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    int fd = curfew_stop_fd(&stop);
    assert_true(fd >= 0);
    assert_int_equal(curfew_stop_fd(&stop), fd);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_false(readable(fd));
    int inner = epoll_create1(EPOLL_CLOEXEC);
    int outer = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN };
    assert_int_equal(epoll_ctl(inner, EPOLL_CTL_ADD, fd, &event), 0);
    assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event), 0);
    assert_false(readable(outer));
    assert_true(curfew_stop_request(&stop, 1));
    for (int round = 0; round < 3; round++) {
        assert_true(readable(fd));
        assert_true(readable(inner));
        assert_int_equal(epoll_wait(outer, &event, 1, 0), 1);
        assert_int_equal(curfew_stop_wait(&stop, CURFEW_NO_DEADLINE), 0);
    }
    assert_int_equal(curfew_stop_fd(&stop), fd);
    (void)close(outer);
    (void)close(inner);
    curfew_stop_fini(&stop);
}

static void test_fd_made_after_request_is_readable(void **state)
{
    (void)state;
    struct curfew_stop parent = CURFEW_STOP_INIT;
    struct curfew_stop child;
    assert_int_equal(curfew_stop_init(&child, &parent, CURFEW_NO_DEADLINE), 0);
    assert_true(curfew_stop_request(&parent, 1));
    assert_true(readable(curfew_stop_fd(&parent)));
    assert_true(readable(curfew_stop_fd(&child)));
    curfew_stop_fini(&child);
    curfew_stop_fini(&parent);
}

static void test_fd_of_child_is_readable_after_any_ancestor(void **state)
{
    (void)state;
    for (size_t requested = 0; requested < CURFEW_STOP_DEPTH_MAX; requested++) {
        struct curfew_stop chain[CURFEW_STOP_DEPTH_MAX];
        int fds[CURFEW_STOP_DEPTH_MAX];
        for (size_t i = 0; i < CURFEW_STOP_DEPTH_MAX; i++) {
            assert_int_equal(
                curfew_stop_init(&chain[i], i == 0 ? NULL : &chain[i - 1], CURFEW_NO_DEADLINE), 0);
        }
        for (size_t i = CURFEW_STOP_DEPTH_MAX; i > 0; i--) { /* children first */
            fds[i - 1] = curfew_stop_fd(&chain[i - 1]);
            assert_true(fds[i - 1] >= 0);
            assert_false(readable(fds[i - 1]));
        }
        assert_true(curfew_stop_request(&chain[requested], 1));
        for (size_t i = 0; i < CURFEW_STOP_DEPTH_MAX; i++) {
            assert_int_equal(readable(fds[i]), i >= requested);
        }
        for (size_t i = CURFEW_STOP_DEPTH_MAX; i > 0; i--) {
            curfew_stop_fini(&chain[i - 1]);
        }
    }
}

struct fd_race {
    struct curfew_stop *stop;
    pthread_barrier_t start;
    atomic_int fd; /* what the first thread got; 0: nobody yet */
    bool request;  /* one thread requests instead */
};

static void *race_fd(void *context)
{
    struct fd_race *race = context;
    int expected = 0;
    (void)pthread_barrier_wait(&race->start);
    int fd = curfew_stop_fd(race->stop);
    CHECK(fd > 0);
    if (!atomic_compare_exchange_strong(&race->fd, &expected, fd)) {
        CHECK(expected == fd);
    }
    if (race->request) {
        /* The request may be on its way still: it makes the descriptor readable before it returns.
         * */
        CHECK(curfew_stop_wait(race->stop, CURFEW_NO_DEADLINE) == 0);
        CHECK(readable_within(fd, (int)(SUPPORT_HANG_NS / SUPPORT_MS_NS)));
    }
    return NULL;
}

static void race_first_fd(bool request)
{
    unsigned fds = support_count_fds();
    for (int round = 0; round < 100; round++) {
        struct curfew_stop parent = CURFEW_STOP_INIT;
        struct curfew_stop stop;
        struct fd_race race = { .stop = &stop, .request = request };
        pthread_t threads[RACERS];
        assert_int_equal(curfew_stop_init(&stop, &parent, CURFEW_NO_DEADLINE), 0);
        assert_int_equal(pthread_barrier_init(&race.start, NULL, RACERS + 1), 0);
        for (size_t i = 0; i < RACERS; i++) {
            threads[i] = support_start(race_fd, &race);
        }
        (void)pthread_barrier_wait(&race.start);
        if (request) {
            assert_true(curfew_stop_request(round % 2 == 0 ? &stop : &parent, 1));
        }
        for (size_t i = 0; i < RACERS; i++) {
            support_join(threads[i]);
        }
        assert_int_equal(readable(race.fd), request);
        curfew_stop_fini(&stop);
        curfew_stop_fini(&parent);
        assert_int_equal(pthread_barrier_destroy(&race.start), 0);
    }
    assert_int_equal(support_count_fds(), fds);
}

static void test_fd_made_by_many_threads_is_one(void **state)
{
    (void)state;
    race_first_fd(false);
}

static void test_fd_made_while_requested_is_readable(void **state)
{
    (void)state;
    race_first_fd(true);
}

/* ---- fini ---- */

static void test_fini_of_null_zeroed_and_unused_is_fine(void **state)
{
    (void)state;
    unsigned fds = support_count_fds();
    struct curfew_stop zeroed;
    struct curfew_stop unused = CURFEW_STOP_INIT;
    memset(&zeroed, 0, sizeof(zeroed));
    curfew_stop_fini(NULL);
    curfew_stop_fini(&zeroed);
    curfew_stop_fini(&unused);
    assert_int_equal(support_count_fds(), fds);
}

static void test_fini_gives_back_all_descriptors(void **state)
{
    (void)state;
    unsigned fds = support_count_fds();
    struct curfew_stop parent = CURFEW_STOP_INIT;
    struct curfew_stop stop;
    assert_int_equal(curfew_stop_init(&stop, &parent, support_hang_deadline()), 0);
    assert_true(curfew_stop_fd(&stop) >= 0);
    assert_int_equal(curfew_stop_wait(&stop, SUPPORT_PAST), -ETIMEDOUT);
    curfew_stop_fini(&stop);
    curfew_stop_fini(&parent);
    assert_int_equal(support_count_fds(), fds);
}

/* ---- no descriptors left ---- */

static void starve_of_descriptors(void *context)
{
    (void)context;
    struct curfew_stop plain = CURFEW_STOP_INIT;
    struct curfew_stop child;
    struct rlimit limit = { .rlim_cur = support_count_fds(), .rlim_max = support_count_fds() };
    CHECK(curfew_stop_init(&child, &plain, support_hang_deadline()) == 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (dup(STDERR_FILENO) >= 0) { /* holes below the limit */
    }
    CHECK(curfew_stop_fd(&plain) == -EMFILE);
    CHECK(curfew_stop_fd(&child) == -EMFILE);
    CHECK(curfew_stop_wait(&plain, support_hang_deadline()) == -EMFILE);
    CHECK(curfew_stop_wait(&child, support_hang_deadline()) == -EMFILE);
    CHECK(curfew_stop_request(&plain, 1)); /* needs nothing */
    CHECK(curfew_stop_is_requested(&child));
    CHECK(curfew_stop_wait(&child, support_hang_deadline()) == 0);
    curfew_stop_fini(&child);
    curfew_stop_fini(&plain);
}

static void test_wait_without_descriptors_fails_but_request_works(void **state)
{
    (void)state;
    int status = support_run_child(starve_of_descriptors, NULL, NULL);
    assert_true(support_exited(status, 0));
}

/* ---- fork ---- */

static void request_in_child(void *context)
{
    struct curfew_stop *stop = context;
    CHECK(curfew_stop_request(stop, SIGTERM));
    CHECK(curfew_stop_is_requested(stop));
    CHECK(curfew_stop_wait(stop, CURFEW_NO_DEADLINE) == 0);
    CHECK(readable(curfew_stop_fd(stop)));
}

static void *request_soon(void *context)
{
    CHECK(curfew_stop_request(context, SIGTERM));
    return NULL;
}

static void wait_in_child(void *context)
{
    struct curfew_stop *stop = context;
    CHECK(curfew_stop_wait(stop, SUPPORT_PAST) == -ETIMEDOUT);
    CHECK(!readable(curfew_stop_fd(stop)));
    pthread_t thread = support_start(request_soon, stop);
    CHECK(curfew_stop_wait(stop, support_hang_deadline()) == 0);
    support_join(thread);
    CHECK(readable(curfew_stop_fd(stop)));
    curfew_stop_fini(stop);
}

static void test_fork_child_request_does_not_reach_the_parent(void **state)
{
    (void)state;
    struct curfew_stop parent = CURFEW_STOP_INIT;
    struct curfew_stop stop;
    assert_int_equal(curfew_stop_init(&stop, &parent, CURFEW_NO_DEADLINE), 0);
    assert_int_equal(curfew_stop_wait(&stop, SUPPORT_PAST), -ETIMEDOUT); /* makes descriptors */
    int fd = curfew_stop_fd(&stop);
    assert_true(support_exited(support_run_child(request_in_child, &stop, NULL), 0));
    assert_true(support_exited(support_run_child(wait_in_child, &stop, NULL), 0));
    assert_true(support_exited(support_run_child(request_in_child, &parent, NULL), 0));
    assert_false(curfew_stop_is_requested(&stop));
    assert_false(readable(fd));
    assert_int_equal(curfew_stop_wait(&stop, SUPPORT_PAST), -ETIMEDOUT);
    assert_true(curfew_stop_request(&parent, 1));
    assert_true(readable(fd));
    curfew_stop_fini(&stop);
    curfew_stop_fini(&parent);
}

static void put_files_at_the_numbers(void *context)
{
    struct curfew_stop *stop = context;
    for (int number = STDERR_FILENO + 1; number < 64; number++) {
        (void)dup2(STDERR_FILENO, number); /* whatever was there, the child has put it away */
    }
    CHECK(curfew_stop_fd(stop) >= 64);
    CHECK(curfew_stop_wait(stop, SUPPORT_PAST) == -ETIMEDOUT);
    curfew_stop_fini(stop);
    for (int number = STDERR_FILENO + 1; number < 64; number++) {
        CHECK(fcntl(number, F_GETFD) >= 0);
    }
}

static void test_fork_child_with_other_files_at_the_numbers_keeps_them(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    assert_int_equal(curfew_stop_wait(&stop, SUPPORT_PAST), -ETIMEDOUT);
    assert_true(curfew_stop_fd(&stop) < 64);
    assert_true(support_exited(support_run_child(put_files_at_the_numbers, &stop, NULL), 0));
    curfew_stop_fini(&stop);
}

static void fini_in_child(void *context)
{
    curfew_stop_fini(context);
}

static void test_fork_of_requested_stop_is_requested_in_the_child(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    assert_true(curfew_stop_fd(&stop) >= 0);
    assert_true(curfew_stop_request(&stop, 1));
    int status = support_run_child(fini_in_child, &stop, NULL);
    assert_true(support_exited(status, 0));
    assert_true(readable(curfew_stop_fd(&stop))); /* the child's fini took nothing of ours */
    curfew_stop_fini(&stop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fd_after_request_is_readable_for_ever),
        cmocka_unit_test(test_fd_made_after_request_is_readable),
        cmocka_unit_test(test_fd_of_child_is_readable_after_any_ancestor),
        cmocka_unit_test(test_fd_made_by_many_threads_is_one),
        cmocka_unit_test(test_fd_made_while_requested_is_readable),
        cmocka_unit_test(test_fini_of_null_zeroed_and_unused_is_fine),
        cmocka_unit_test(test_fini_gives_back_all_descriptors),
        cmocka_unit_test(test_wait_without_descriptors_fails_but_request_works),
        cmocka_unit_test(test_fork_child_request_does_not_reach_the_parent),
        cmocka_unit_test(test_fork_child_with_other_files_at_the_numbers_keeps_them),
        cmocka_unit_test(test_fork_of_requested_stop_is_requested_in_the_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
