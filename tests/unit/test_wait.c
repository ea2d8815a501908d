/* SPDX-License-Identifier: MIT
 *
 * test_wait.c -- curfew/wait.h: what holds for every blocking call is tested over a table of them,
 * then each call's own promises.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- What every blocking call promises, with a resource on which it blocks. ---- */

struct resources {
    struct monitor real;
    struct monitor monotonic;
    int empty[2]; /* nothing to read */
    int full[2];  /* no room to write */
    int listener; /* nobody connects */
};

static struct resources resources;

static int block_in_cond_real(struct curfew_stop *stop, uint64_t deadline_ns)
{
    return monitor_wait(&resources.real, stop, deadline_ns);
}

static int block_in_cond_monotonic(struct curfew_stop *stop, uint64_t deadline_ns)
{
    return monitor_wait(&resources.monotonic, stop, deadline_ns);
}

static int block_in_poll(struct curfew_stop *stop, uint64_t deadline_ns)
{
    struct pollfd fds = { .fd = resources.empty[0], .events = POLLIN, .revents = 0x55 };
    int status = curfew_poll(&fds, 1, stop, deadline_ns);
    CHECK(fds.fd == resources.empty[0] && fds.events == POLLIN && fds.revents == 0x55);
    return status;
}

static int block_in_poll_of_nothing(struct curfew_stop *stop, uint64_t deadline_ns)
{
    return curfew_poll(NULL, 0, stop, deadline_ns);
}

static int block_in_read(struct curfew_stop *stop, uint64_t deadline_ns)
{
    char byte;
    return (int)curfew_read(resources.empty[0], &byte, 1, stop, deadline_ns);
}

static int block_in_write(struct curfew_stop *stop, uint64_t deadline_ns)
{
    return (int)curfew_write(resources.full[1], "x", 1, stop, deadline_ns);
}

static int block_in_accept(struct curfew_stop *stop, uint64_t deadline_ns)
{
    return curfew_accept(resources.listener, NULL, NULL, SOCK_CLOEXEC, stop, deadline_ns);
}

typedef int blocker_fn(struct curfew_stop *stop, uint64_t deadline_ns);

static blocker_fn *const blockers[] = { block_in_cond_real, block_in_cond_monotonic,
                                        block_in_poll,      block_in_poll_of_nothing,
                                        block_in_read,      block_in_write,
                                        block_in_accept };

static int make_resources(void **state)
{
    (void)state;
    struct sockaddr_in address = { .sin_family = AF_INET };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    monitor_init(&resources.real, CLOCK_REALTIME);
    monitor_init(&resources.monotonic, CLOCK_MONOTONIC);
    CHECK(pipe2(resources.empty, O_CLOEXEC) == 0);
    CHECK(pipe2(resources.full, O_CLOEXEC | O_NONBLOCK) == 0);
    static const char block[65536];
    while (write(resources.full[1], block, sizeof(block)) > 0) {
    }
    while (write(resources.full[1], block, 1) > 0) {
    }
    resources.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(resources.listener >= 0);
    CHECK(bind(resources.listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    CHECK(listen(resources.listener, 8) == 0);
    return 0;
}

static int drop_resources(void **state)
{
    (void)state;
    monitor_fini(&resources.real);
    monitor_fini(&resources.monotonic);
    for (size_t i = 0; i < 2; i++) {
        (void)close(resources.empty[i]);
        (void)close(resources.full[i]);
    }
    (void)close(resources.listener);
    return 0;
}

static void test_blocked_calls_after_request_are_cancelled(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(blockers); i++) {
        struct curfew_stop stop = CURFEW_STOP_INIT;
        assert_true(curfew_stop_request(&stop, 1));
        assert_int_equal(blockers[i](&stop, CURFEW_NO_DEADLINE), -ECANCELED);
        assert_int_equal(blockers[i](&stop, SUPPORT_PAST), -ECANCELED); /* the stop wins */
        curfew_stop_fini(&stop);
    }
}

static void test_blocked_calls_at_the_deadline_time_out_never_early(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(blockers); i++) {
        struct curfew_stop stop = CURFEW_STOP_INIT;
        assert_int_equal(blockers[i](&stop, 0), -ETIMEDOUT);
        assert_int_equal(blockers[i](&stop, SUPPORT_PAST), -ETIMEDOUT);
        uint64_t deadline = curfew_deadline_after(10 * SUPPORT_MS_NS + 1);
        assert_int_equal(blockers[i](&stop, deadline), -ETIMEDOUT);
        assert_true(curfew_deadline_after(0) >= deadline);
        curfew_stop_fini(&stop);
    }
}

static void test_blocked_calls_at_the_stops_own_deadline_are_cancelled(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(blockers); i++) {
        struct curfew_stop parent;
        struct curfew_stop stop;
        uint64_t deadline = curfew_deadline_after(10 * SUPPORT_MS_NS);
        assert_int_equal(curfew_stop_init(&parent, NULL, deadline), 0);
        assert_int_equal(curfew_stop_init(&stop, &parent, CURFEW_NO_DEADLINE), 0);
        assert_int_equal(blockers[i](&stop, CURFEW_NO_DEADLINE), -ECANCELED);
        assert_true(curfew_deadline_after(0) >= deadline);
        curfew_stop_fini(&stop);
        curfew_stop_fini(&parent);
    }
}

struct blocked {
    blocker_fn *blocker;
    struct curfew_stop *stop;
    atomic_int tid;
    atomic_bool done;
    uint64_t deadline_ns;
    int expected;
};

static void *block(void *context)
{
    struct blocked *blocked = context;
    support_meet_signals();
    atomic_store(&blocked->tid, gettid());
    CHECK(blocked->blocker(blocked->stop, blocked->deadline_ns) == blocked->expected);
    atomic_store(&blocked->done, true);
    return NULL;
}

static void test_blocked_calls_wake_on_request_of_any_ancestor(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(blockers); i++) {
        for (size_t requested = 0; requested < 3; requested++) {
            struct curfew_stop chain[3];
            struct blocked blocked = { .blocker = blockers[i],
                                       .stop = &chain[2],
                                       .deadline_ns = CURFEW_NO_DEADLINE,
                                       .expected = -ECANCELED };
            for (size_t j = 0; j < 3; j++) {
                assert_int_equal(
                    curfew_stop_init(&chain[j], j == 0 ? NULL : &chain[j - 1], CURFEW_NO_DEADLINE),
                    0);
            }
            pthread_t thread = support_start(block, &blocked);
            AWAIT(atomic_load(&blocked.tid) != 0);
            support_await_blocked(atomic_load(&blocked.tid));
            assert_false(atomic_load(&blocked.done));
            assert_true(curfew_stop_request(&chain[requested], 1));
            support_join(thread);
            for (size_t j = 3; j > 0; j--) {
                curfew_stop_fini(&chain[j - 1]);
            }
        }
    }
}

static atomic_int handled;

static void count_handled(int signo)
{
    (void)signo;
    atomic_fetch_add(&handled, 1);
}

static void test_blocked_calls_under_signals_never_see_eintr(void **state)
{
    (void)state;
    support_handle(SIGUSR1, count_handled);
    for (size_t i = 0; i < ARRAY_LENGTH(blockers); i++) {
        struct curfew_stop stop = CURFEW_STOP_INIT;
        struct blocked blocked = { .blocker = blockers[i],
                                   .stop = &stop,
                                   .deadline_ns = CURFEW_NO_DEADLINE,
                                   .expected = -ECANCELED };
        atomic_store(&handled, 0);
        pthread_t thread = support_start(block, &blocked);
        AWAIT(atomic_load(&blocked.tid) != 0);
        for (int sent = 1; sent <= 100; sent++) {
            CHECK(pthread_kill(thread, SIGUSR1) == 0);
            AWAIT(atomic_load(&handled) == sent);
        }
        assert_false(atomic_load(&blocked.done));
        assert_true(curfew_stop_request(&stop, 1));
        support_join(thread);
        curfew_stop_fini(&stop);
    }
    support_handle(SIGUSR1, SIG_DFL);
}

static void test_blocked_calls_leave_no_thread_and_no_descriptor(void **state)
{
    (void)state;
    unsigned threads = support_count_threads();
    for (size_t i = 0; i < ARRAY_LENGTH(blockers); i++) {
        struct curfew_stop stop = CURFEW_STOP_INIT;
        assert_int_equal(blockers[i](&stop, SUPPORT_PAST), -ETIMEDOUT);
        curfew_stop_fini(&stop);
    }
    unsigned fds = support_count_fds(); /* after what the library keeps for the process's life */
    for (size_t i = 0; i < ARRAY_LENGTH(blockers); i++) {
        struct curfew_stop stop = CURFEW_STOP_INIT;
        assert_int_equal(blockers[i](&stop, SUPPORT_PAST), -ETIMEDOUT);
        curfew_stop_fini(&stop);
        AWAIT(support_count_threads() == threads);
    }
    assert_int_equal(support_count_fds(), fds);
}

static void starve_and_request(void *context)
{
    (void)context;
    struct rlimit limit = { .rlim_cur = support_count_fds(), .rlim_max = support_count_fds() };
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (dup(STDERR_FILENO) >= 0) {
    }
    for (size_t i = 0; i < ARRAY_LENGTH(blockers); i++) {
        struct curfew_stop stop = CURFEW_STOP_INIT;
        int status = blockers[i](&stop, SUPPORT_PAST);
        bool is_cond = i < 2; /* its service may have its descriptor already */
        CHECK(status == -EMFILE || (is_cond && status == -ETIMEDOUT));
        CHECK(curfew_stop_request(&stop, 1));
        CHECK(blockers[i](&stop, SUPPORT_PAST) == -ECANCELED); /* even so: a stop needs nothing */
        curfew_stop_fini(&stop);
    }
}

static void test_blocked_calls_without_descriptors_fail_but_see_the_stop(void **state)
{
    (void)state;
    assert_true(support_exited(support_run_child(starve_and_request, NULL, NULL), 0));
}

/* ---- curfew_poll ---- */

static void test_poll_with_ready_descriptors_counts_them(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    int pipes[40][2]; /* more than any small array inside */
    struct pollfd fds[40];
    for (size_t count = 1; count <= ARRAY_LENGTH(fds); count += 39) {
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(pipe2(pipes[i], O_CLOEXEC), 0);
            fds[i] = (struct pollfd){ .fd = pipes[i][0], .events = POLLIN, .revents = 0x55 };
        }
        assert_int_equal(curfew_poll(fds, count, &stop, SUPPORT_PAST), -ETIMEDOUT);
        assert_int_equal(fds[0].revents, 0x55);
        assert_int_equal(write(pipes[count - 1][1], "x", 1), 1);
        assert_int_equal(curfew_poll(fds, count, &stop, CURFEW_NO_DEADLINE), 1);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(fds[i].fd, pipes[i][0]);
            assert_int_equal(fds[i].revents, i + 1 == count ? POLLIN : 0);
        }
        fds[0].fd = -1; /* is left out, as by poll(2) */
        assert_int_equal(curfew_poll(fds, count, &stop, SUPPORT_PAST), count == 1 ? -ETIMEDOUT : 1);
        for (size_t i = 0; i < count; i++) {
            (void)close(pipes[i][0]);
            (void)close(pipes[i][1]);
        }
    }
    curfew_stop_fini(&stop);
}

static void test_poll_with_ready_descriptors_after_request_is_cancelled(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct pollfd fds[40];
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
        fds[i] = (struct pollfd){ .fd = resources.empty[1], .events = POLLOUT, .revents = 0x55 };
    }
    assert_int_equal(curfew_poll(fds, 1, &stop, CURFEW_NO_DEADLINE), 1);
    fds[0].revents = 0x55;
    assert_true(curfew_stop_request(&stop, 1));
    for (int round = 0; round < 3; round++) {
        assert_int_equal(curfew_poll(fds, 1, &stop, CURFEW_NO_DEADLINE), -ECANCELED);
        assert_int_equal(curfew_poll(fds, ARRAY_LENGTH(fds), &stop, SUPPORT_PAST), -ECANCELED);
        assert_int_equal(fds[0].revents, 0x55);
    }
    curfew_stop_fini(&stop);
}

struct stopped_then_ready {
    struct curfew_stop stop;
    int fds[2];
};

static void *stop_then_write(void *context)
{
    struct stopped_then_ready *both = context;
    CHECK(curfew_stop_request(&both->stop, 1));
    CHECK(write(both->fds[1], "x", 1) == 1);
    return NULL;
}

/* The data comes after the stop: who sees it has been stopped. */
static void test_poll_woken_by_stop_and_data_at_once_is_cancelled(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct stopped_then_ready both = { .stop = CURFEW_STOP_INIT };
        assert_int_equal(pipe(both.fds), 0);
        struct pollfd one = { .fd = both.fds[0], .events = POLLIN };
        pthread_t thread = support_start(stop_then_write, &both);
        assert_int_equal(curfew_poll(&one, 1, &both.stop, support_hang_deadline()), -ECANCELED);
        support_join(thread);
        assert_int_equal(close(both.fds[0]) | close(both.fds[1]), 0);
        curfew_stop_fini(&both.stop);
    }
}

static void poll_too_many(void *context)
{
    (void)context;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct rlimit limit = { .rlim_cur = 100, .rlim_max = 100 };
    struct pollfd fds[200];
    for (size_t i = 0; i < ARRAY_LENGTH(fds); i++) {
        fds[i] = (struct pollfd){ .fd = -1, .revents = 0x55 };
    }
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(curfew_poll(fds, ARRAY_LENGTH(fds), &stop, SUPPORT_PAST) == -EINVAL);
    CHECK(fds[0].revents == 0x55);
    curfew_stop_fini(&stop);
}

static void test_poll_of_more_than_the_limit_is_invalid(void **state)
{
    (void)state;
    assert_true(support_exited(support_run_child(poll_too_many, NULL, NULL), 0));
}

/* ---- curfew_read, curfew_write, curfew_accept ---- */

static void test_read_and_write_move_data(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    int fds[2];
    char data[8] = "";
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(curfew_write(fds[1], "hello", 6, &stop, support_hang_deadline()), 6);
    assert_int_equal(curfew_read(fds[0], data, sizeof(data), &stop, CURFEW_NO_DEADLINE), 6);
    assert_string_equal(data, "hello");
    assert_true(curfew_stop_request(&stop, 1));
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(curfew_read(fds[0], data, 1, &stop, CURFEW_NO_DEADLINE), -ECANCELED);
    assert_int_equal(curfew_write(fds[1], "x", 1, &stop, CURFEW_NO_DEADLINE), -ECANCELED);
    assert_int_equal(read(fds[0], data, sizeof(data)), 1); /* neither took nor added a byte */
    (void)close(fds[0]);
    (void)close(fds[1]);
    curfew_stop_fini(&stop);
}

/* More than any buffer holds, through descriptors that block. */
static int write_too_much(struct curfew_stop *stop, int fd)
{
    static char data[1 << 20];
    ssize_t written = 1;
    while (written > 0) {
        written = curfew_write(fd, data, sizeof(data), stop, CURFEW_NO_DEADLINE);
    }
    return (int)written;
}

struct writer {
    struct curfew_stop stop;
    int fd;
    atomic_int tid;
};

static void *write_until_stopped(void *context)
{
    struct writer *writer = context;
    atomic_store(&writer->tid, gettid());
    CHECK(write_too_much(&writer->stop, writer->fd) == -ECANCELED);
    return NULL;
}

static void test_write_of_more_than_fits_is_cancelled(void **state)
{
    (void)state;
    for (int is_socket = 0; is_socket < 2; is_socket++) {
        int fds[2];
        struct writer writer = { .stop = CURFEW_STOP_INIT };
        assert_int_equal(is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds), 0);
        writer.fd = fds[1];
        pthread_t thread = support_start(write_until_stopped, &writer);
        AWAIT(atomic_load(&writer.tid) != 0);
        support_await_blocked(atomic_load(&writer.tid));
        assert_true(curfew_stop_request(&writer.stop, 1));
        support_join(thread);
        (void)close(fds[0]);
        (void)close(fds[1]);
        curfew_stop_fini(&writer.stop);
    }
}

static void test_read_at_end_and_errors_are_returned(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    int fds[2];
    char byte;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    (void)close(fds[1]);
    assert_int_equal(curfew_read(fds[0], &byte, 1, &stop, CURFEW_NO_DEADLINE), 0);
    (void)close(fds[0]);
    assert_int_equal(curfew_read(fds[0], &byte, 1, &stop, CURFEW_NO_DEADLINE), -EBADF);
    assert_int_equal(curfew_write(fds[0], "x", 1, &stop, CURFEW_NO_DEADLINE), -EBADF);
    assert_int_equal(curfew_accept(fds[0], NULL, NULL, 0, &stop, CURFEW_NO_DEADLINE), -EBADF);

    support_handle(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    (void)close(fds[0]);
    assert_int_equal(curfew_write(fds[1], "x", 1, &stop, CURFEW_NO_DEADLINE), -EPIPE);
    (void)close(fds[1]);
    support_handle(SIGPIPE, SIG_DFL);

    int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(curfew_accept(socket_fd, NULL, NULL, 0, &stop, CURFEW_NO_DEADLINE), -EINVAL);
    (void)close(socket_fd);
    curfew_stop_fini(&stop);
}

struct readers {
    int fd;
    struct curfew_stop stop;
    atomic_int bytes;
};

static void *read_bytes(void *context)
{
    struct readers *readers = context;
    char byte;
    ssize_t got;
    while ((got = curfew_read(readers->fd, &byte, 1, &readers->stop, CURFEW_NO_DEADLINE)) == 1) {
        atomic_fetch_add(&readers->bytes, 1);
    }
    CHECK(got == -ECANCELED);
    return NULL;
}

static void test_read_by_several_readers_shares_the_bytes(void **state)
{
    (void)state;
    struct readers readers = { .stop = CURFEW_STOP_INIT };
    pthread_t threads[3];
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    readers.fd = fds[0];
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        threads[i] = support_start(read_bytes, &readers);
    }
    for (int sent = 0; sent < 500; sent++) {
        assert_int_equal(curfew_write(fds[1], "x", 1, &readers.stop, CURFEW_NO_DEADLINE), 1);
    }
    AWAIT(atomic_load(&readers.bytes) == 500);
    assert_true(curfew_stop_request(&readers.stop, 1));
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        support_join(threads[i]);
    }
    (void)close(fds[0]);
    (void)close(fds[1]);
    curfew_stop_fini(&readers.stop);
}

static void test_accept_of_a_connection_returns_it_with_its_flags(void **state)
{
    (void)state;
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct sockaddr_in address;
    struct sockaddr_in peer;
    socklen_t address_bytes = sizeof(address);
    socklen_t peer_bytes = sizeof(peer);
    assert_int_equal(getsockname(resources.listener, (struct sockaddr *)&address, &address_bytes),
                     0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, address_bytes), 0);
    int fd = curfew_accept(resources.listener, (struct sockaddr *)&peer, &peer_bytes,
                           SOCK_CLOEXEC | SOCK_NONBLOCK, &stop, support_hang_deadline());
    assert_true(fd >= 0);
    assert_int_equal(peer.sin_family, AF_INET);
    assert_int_equal(peer_bytes, sizeof(peer));
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    (void)close(fd);
    (void)close(client);
    curfew_stop_fini(&stop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocked_calls_after_request_are_cancelled),
        cmocka_unit_test(test_blocked_calls_at_the_deadline_time_out_never_early),
        cmocka_unit_test(test_blocked_calls_at_the_stops_own_deadline_are_cancelled),
        cmocka_unit_test(test_blocked_calls_wake_on_request_of_any_ancestor),
        cmocka_unit_test(test_blocked_calls_under_signals_never_see_eintr),
        cmocka_unit_test(test_blocked_calls_leave_no_thread_and_no_descriptor),
        cmocka_unit_test(test_blocked_calls_without_descriptors_fail_but_see_the_stop),
        cmocka_unit_test(test_poll_with_ready_descriptors_counts_them),
        cmocka_unit_test(test_poll_with_ready_descriptors_after_request_is_cancelled),
        cmocka_unit_test(test_poll_woken_by_stop_and_data_at_once_is_cancelled),
        cmocka_unit_test(test_poll_of_more_than_the_limit_is_invalid),
        cmocka_unit_test(test_read_and_write_move_data),
        cmocka_unit_test(test_write_of_more_than_fits_is_cancelled),
        cmocka_unit_test(test_read_at_end_and_errors_are_returned),
        cmocka_unit_test(test_read_by_several_readers_shares_the_bytes),
        cmocka_unit_test(test_accept_of_a_connection_returns_it_with_its_flags),
    };
    return cmocka_run_group_tests(tests, make_resources, drop_resources);
}
