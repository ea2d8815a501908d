/* SPDX-License-Identifier: MIT
 *
 * circumstances.c -- what happens to a call that is blocked: one function each.
 */
#include <sys/socket.h>

#include "calls.h"

#define TEST_SIGNALS                                                                               \
    (SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(SIGUSR2) | SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGQUEUED) |      \
     SIGNAL_BIT(SIGLATER))
#define OTHERS (TEST_SIGNALS & ~SIGNAL_BIT(SIGUSR1))

static void handle_all(int flags, uint64_t masked)
{
    handle(SIGUSR1, flags, masked);
    handle(SIGUSR2, flags, masked);
    handle(SIGHUP, flags, masked);
    handle(SIGQUEUED, flags, masked);
    handle(SIGLATER, flags, masked);
}

/* ---- no signal ---- */

static void wake_up(struct row *row)
{
    begin(row, LONG_MS);
    end(row);
}

static void timeout(struct row *row)
{
    begin_unblocked(row, SHORT_MS);
    end_by_timeout(row);
}

/* ---- one signal ---- */

static void handler_thread(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void handler_process(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    begin(row, LONG_MS);
    to_process(row, SIGUSR1);
    end(row);
}

static void restart_thread(struct row *row)
{
    handle(SIGUSR1, SA_RESTART, 0);
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void restart_process(struct row *row)
{
    handle(SIGUSR1, SA_RESTART, 0);
    begin(row, LONG_MS);
    to_process(row, SIGUSR1);
    end(row);
}

/* The handler runs, and then the time is over. */
static void timeout_behind_handler(struct row *row, int flags)
{
    handle(SIGUSR1, flags, 0);
    begin(row, 15 * SHORT_MS);
    to_thread(row, SIGUSR1);
    if (row->ended_by != NULL && row->ended_by[0] == 's') {
        end(row);
    } else {
        end_by_timeout(row);
    }
}

static void handler_timeout(struct row *row)
{
    timeout_behind_handler(row, 0);
}

static void restart_timeout(struct row *row)
{
    timeout_behind_handler(row, SA_RESTART);
}

static void masked_thread(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    row->blocked = SIGNAL_BIT(SIGUSR1);
    row->admits = set_from(SIGNAL_BIT(SIGUSR1));
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void masked_process(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    row->blocked = SIGNAL_BIT(SIGUSR1);
    row->admits = set_from(SIGNAL_BIT(SIGUSR1));
    begin(row, LONG_MS);
    to_process(row, SIGUSR1);
    end(row);
}

static void masked_timeout(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    row->blocked = SIGNAL_BIT(SIGUSR1);
    row->admits = set_from(SIGNAL_BIT(SIGUSR1));
    begin(row, 15 * SHORT_MS);
    to_thread(row, SIGUSR1);
    end_by_timeout(row);
}

static void ignored_thread(struct row *row)
{
    OK(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void ignored_process(struct row *row)
{
    OK(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
    begin(row, LONG_MS);
    to_process(row, SIGUSR1);
    end(row);
}

static void ignored_by_default(struct row *row)
{
    begin(row, LONG_MS);
    to_thread(row, SIGURG);
    to_process(row, SIGWINCH);
    end(row);
}

/* ---- flags of the handler ---- */

static void raises_itself(struct row *row)
{
    (void)row;
    OK(raise(SIGUSR1));
}

static void nodefer(struct row *row)
{
    handle(SIGUSR1, SA_NODEFER, 0);
    row->in_handler = raises_itself;
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void resethand(struct row *row)
{
    struct sigaction action;
    handle(SIGUSR1, (int)SA_RESETHAND | SA_RESTART, 0);
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    OK(sigaction(SIGUSR1, NULL, &action));
    MUST(action.sa_handler == SIG_DFL);
    end(row);
}

static void onstack(struct row *row)
{
    handle(SIGUSR1, SA_ONSTACK, 0);
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

/* ---- several signals ---- */

static void two_in_turn(struct row *row)
{
    handle(SIGUSR1, SA_RESTART, 0);
    handle(SIGUSR2, 0, 0);
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    to_process(row, SIGUSR2);
    end(row);
}

static void same_in_turn(struct row *row)
{
    handle(SIGUSR1, SA_RESTART, 0);
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    to_process(row, SIGUSR1);
    to_thread(row, SIGUSR1);
    end(row);
}

static void raises_two(struct row *row)
{
    (void)row;
    OK(raise(SIGUSR2));
    OK(kill(getpid(), SIGHUP));
}

/* Two are pending when the handler ends, whose mask has held them back. */
static void two_pending(struct row *row)
{
    handle_all(0, TEST_SIGNALS);
    row->in_handler = raises_two;
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

/* The same, but each interrupts the handler of the other. */
static void two_pending_nested(struct row *row)
{
    handle_all(SA_RESTART, 0);
    handle(SIGUSR1, SA_RESTART, OTHERS);
    row->in_handler = raises_two;
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void nested(struct row *row)
{
    handle_all(0, 0);
    row->in_handler = raises_two;
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void raises_twice(struct row *row)
{
    (void)row;
    OK(raise(SIGUSR1));
    OK(raise(SIGUSR1));
    OK(kill(getpid(), SIGUSR1));
    OK(kill(getpid(), SIGUSR1));
}

static void same_twice(struct row *row)
{
    handle(SIGUSR1, SA_RESTART, 0);
    row->in_handler = raises_twice;
    begin(row, LONG_MS);
    to_process(row, SIGUSR1);
    end(row);
}

static void queues_some(struct row *row)
{
    (void)row;
    OK(sigqueue(getpid(), SIGLATER, (union sigval){ .sival_int = 1 }));
    OK(sigqueue(getpid(), SIGQUEUED, (union sigval){ .sival_int = 2 }));
    OK(sigqueue(getpid(), SIGQUEUED, (union sigval){ .sival_int = 3 }));
    OK(raise(SIGQUEUED));
    OK(sigqueue(getpid(), SIGUSR2, (union sigval){ .sival_int = 4 }));
    OK(sigqueue(getpid(), SIGUSR2, (union sigval){ .sival_int = 5 }));
}

static void realtime_queued(struct row *row)
{
    handle_all(0, TEST_SIGNALS);
    row->in_handler = queues_some;
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void realtime_thread(struct row *row)
{
    handle(SIGQUEUED, SA_RESTART, 0);
    begin(row, LONG_MS);
    queue_thread(row, SIGQUEUED, 7);
    queue_thread(row, SIGQUEUED, 8);
    end(row);
}

static void realtime_process(struct row *row)
{
    handle(SIGQUEUED, 0, 0);
    begin(row, LONG_MS);
    queue_process(row, SIGQUEUED, 7);
    end(row);
}

/* ---- several signals that wait until the call is over ---- */

static void masked_two(struct row *row)
{
    handle_all(0, 0);
    row->blocked = TEST_SIGNALS;
    row->admits = set_from(TEST_SIGNALS);
    begin(row, LONG_MS);
    to_process(row, SIGUSR2);
    to_thread(row, SIGUSR1);
    to_process(row, SIGHUP);
    end(row);
}

static void masked_twice(struct row *row)
{
    handle_all(0, TEST_SIGNALS);
    row->blocked = TEST_SIGNALS;
    row->admits = set_from(TEST_SIGNALS);
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    to_thread(row, SIGUSR1);
    to_process(row, SIGUSR1);
    to_process(row, SIGUSR1);
    end(row);
}

static void masked_realtime(struct row *row)
{
    handle_all(0, TEST_SIGNALS);
    row->blocked = TEST_SIGNALS;
    row->admits = set_from(TEST_SIGNALS);
    begin(row, LONG_MS);
    queue_process(row, SIGLATER, 1);
    queue_process(row, SIGQUEUED, 2);
    queue_thread(row, SIGQUEUED, 3);
    queue_process(row, SIGQUEUED, 4);
    queue_thread(row, SIGHUP, 5);
    queue_thread(row, SIGHUP, 6);
    end(row);
}

/* ---- the handler itself makes what the call waits for ---- */

static void wakes(struct row *row)
{
    row->call->family->wake(row);
}

static void handler_wakes(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    row->in_handler = wakes;
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void restart_wakes(struct row *row)
{
    handle(SIGUSR1, SA_RESTART, 0);
    row->in_handler = wakes;
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

/* ---- descriptors ---- */

static void closes(struct row *row)
{
    row->stage = "close";
    OK(close(row->fd));
    row->fd = -1;
    settle(row);
    end(row);
}

static void close_other(struct row *row)
{
    begin(row, LONG_MS);
    closes(row);
}

/* The number is used again, for what is ready at once. */
static void close_reuse(struct row *row)
{
    int fds[2];
    begin(row, LONG_MS);
    OK(pipe(fds));
    MUST(write(fds[1], "r", 1) == 1);
    row->stage = "close";
    MUST(dup2(fds[0], row->fd) == row->fd);
    OK(close(fds[0]));
    settle(row);
    end(row);
    OK(close(fds[1]));
}

static void close_handler(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    begin(row, LONG_MS);
    row->stage = "close";
    OK(close(row->fd));
    row->fd = -1;
    settle(row);
    to_thread(row, SIGUSR1);
    end(row);
}

static void close_restart(struct row *row)
{
    handle(SIGUSR1, SA_RESTART, 0);
    begin(row, LONG_MS);
    row->stage = "close";
    OK(close(row->fd));
    row->fd = -1;
    settle(row);
    to_thread(row, SIGUSR1);
    end(row);
}

static void closes_peer(struct row *row)
{
    row->stage = "close";
    OK(close(row->peer));
    row->peer = -1;
    settle(row);
    end(row);
}

static void close_peer(struct row *row)
{
    handle(SIGPIPE, 0, 0);
    begin(row, LONG_MS);
    closes_peer(row);
}

static void close_peer_ignored(struct row *row)
{
    OK(sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
    begin(row, LONG_MS);
    closes_peer(row);
}

static void close_peer_masked(struct row *row)
{
    handle(SIGPIPE, SA_RESTART, 0);
    row->blocked = SIGNAL_BIT(SIGPIPE);
    begin(row, LONG_MS);
    closes_peer(row);
}

static void shuts_down(struct row *row, int fd, int how)
{
    handle(SIGPIPE, 0, 0);
    begin(row, LONG_MS);
    row->stage = "shutdown";
    OK(shutdown(fd < 0 ? row->fd : row->peer, how));
    settle(row);
    end(row);
}

static void shutdown_both(struct row *row)
{
    shuts_down(row, -1, SHUT_RDWR);
}
static void shutdown_read(struct row *row)
{
    shuts_down(row, -1, SHUT_RD);
}
static void shutdown_write(struct row *row)
{
    shuts_down(row, -1, SHUT_WR);
}
static void shutdown_peer(struct row *row)
{
    shuts_down(row, 0, SHUT_RDWR);
}

/* ---- calls with a mask of their own ---- */

static void admitted_thread(struct row *row)
{
    handle(SIGUSR1, SA_RESTART, 0);
    row->blocked = SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(SIGUSR2);
    row->admits = set_from(SIGNAL_BIT(SIGHUP));
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void admitted_process(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    row->blocked = SIGNAL_BIT(SIGUSR1);
    begin(row, LONG_MS);
    to_process(row, SIGUSR1);
    end(row);
}

/* Open before and after the call, but not in it. */
static void held_back(struct row *row)
{
    handle_all(0, 0);
    row->admits = set_from(SIGNAL_BIT(SIGUSR1));
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    to_process(row, SIGUSR2);
    end(row);
}

static void send_before(struct row *row)
{
    (void)row;
    OK(kill(getpid(), SIGUSR2));
    OK(kill(getpid(), SIGUSR1));
    OK(kill(getpid(), SIGUSR1));
}

static void pending_before(struct row *row, int first_flags, int second_flags, uint64_t masked)
{
    handle(SIGUSR1, first_flags, masked);
    handle(SIGUSR2, second_flags, masked);
    row->blocked = TEST_SIGNALS;
    send_before(row);
    begin_unblocked(row, LONG_MS);
    row->stage = "signal";
    settle(row);
    end(row);
}

static void admitted_pending(struct row *row)
{
    pending_before(row, 0, 0, TEST_SIGNALS);
}
static void admitted_pending_nested(struct row *row)
{
    pending_before(row, 0, 0, 0);
}
static void admitted_pending_restart_first(struct row *row)
{
    pending_before(row, SA_RESTART, 0, TEST_SIGNALS);
}
static void admitted_pending_restart_second(struct row *row)
{
    pending_before(row, 0, SA_RESTART, TEST_SIGNALS);
}

/* What is ready counts for more than the signal, which stays pending until after the call. */
static void admitted_ready(struct row *row)
{
    handle(SIGUSR1, 0, 0);
    row->blocked = SIGNAL_BIT(SIGUSR1);
    row->in_handler = NULL;
    row->ready_before = true;
    OK(kill(getpid(), SIGUSR1));
    begin_unblocked(row, LONG_MS);
    settle(row);
    end(row);
}

/* ---- calls that accept signals ---- */

static void accepts_some(struct row *row)
{
    handle_all(0, TEST_SIGNALS); /* for what poll leaves */
    row->blocked = TEST_SIGNALS;
    row->accepts = set_from(TEST_SIGNALS);
}

static void accept_thread(struct row *row)
{
    accepts_some(row);
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

static void accept_process(struct row *row)
{
    accepts_some(row);
    begin(row, LONG_MS);
    to_process(row, SIGUSR1);
    end(row);
}

static void accept_queued(struct row *row)
{
    accepts_some(row);
    begin(row, LONG_MS);
    queue_process(row, SIGQUEUED, 7);
    end(row);
}

static void accept_queued_thread(struct row *row)
{
    accepts_some(row);
    begin(row, LONG_MS);
    queue_thread(row, SIGUSR1, 7);
    end(row);
}

/* Of those that are pending, the rest is taken by handlers behind the call. */
static void accept_of_two(struct row *row)
{
    accepts_some(row);
    OK(kill(getpid(), SIGUSR2));
    OK(kill(getpid(), SIGUSR1));
    OK(kill(getpid(), SIGUSR1));
    begin_unblocked(row, LONG_MS);
    settle(row);
    end(row);
}

static void accept_of_queue(struct row *row)
{
    accepts_some(row);
    OK(sigqueue(getpid(), SIGLATER, (union sigval){ .sival_int = 1 }));
    OK(sigqueue(getpid(), SIGQUEUED, (union sigval){ .sival_int = 2 }));
    OK(sigqueue(getpid(), SIGQUEUED, (union sigval){ .sival_int = 3 }));
    begin_unblocked(row, LONG_MS);
    settle(row);
    end(row);
}

static void accept_ignored(struct row *row)
{
    accepts_some(row);
    OK(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
    begin(row, LONG_MS);
    to_thread(row, SIGUSR1);
    end(row);
}

/* Another signal's handler runs, then the one that is waited for comes. */
static void accept_behind_handler(struct row *row)
{
    handle(SIGUSR2, SA_RESTART, 0);
    row->blocked = SIGNAL_BIT(SIGUSR1);
    row->accepts = set_from(SIGNAL_BIT(SIGUSR1));
    begin(row, LONG_MS);
    to_process(row, SIGUSR2);
    to_thread(row, SIGUSR1);
    end(row);
}

/* Pending for the driver, the subject cannot take it. */
static void accept_elsewhere(struct row *row)
{
    accepts_some(row);
    begin(row, LONG_MS);
    row->stage = "signal";
    OK(raise(SIGUSR1));
    settle(row);
    end(row);
}

/* ---- cancellation ---- */

static void cancels(struct row *row)
{
    begin(row, LONG_MS);
    row->stage = "cancel";
    OK(pthread_cancel(row->subject));
    settle(row);
    end(row);
}

static void cancelled(struct row *row)
{
    cancels(row);
}

static void cancelled_disabled(struct row *row)
{
    row->uncancellable = true;
    cancels(row);
}

static void cancelled_before(struct row *row)
{
    row->cancelled_before = true;
    begin_unblocked(row, LONG_MS);
    settle(row);
    end(row);
}

/* It could succeed at once. */
static void cancelled_ready(struct row *row)
{
    row->cancelled_before = true;
    row->ready_before = true;
    begin_unblocked(row, LONG_MS);
    settle(row);
    end(row);
}

#define CIRCUMSTANCES(X)                                                                           \
    X(wake_up, 0, 0)                                                                               \
    X(timeout, TIMED, 0)                                                                           \
    X(handler_thread, 0, 0)                                                                        \
    X(handler_process, 0, 0)                                                                       \
    X(restart_thread, 0, 0)                                                                        \
    X(restart_process, 0, 0)                                                                       \
    X(handler_timeout, TIMED, 0)                                                                   \
    X(restart_timeout, TIMED, 0)                                                                   \
    X(masked_thread, 0, 0)                                                                         \
    X(masked_process, 0, 0)                                                                        \
    X(masked_timeout, TIMED, 0)                                                                    \
    X(ignored_thread, 0, 0)                                                                        \
    X(ignored_process, 0, 0)                                                                       \
    X(ignored_by_default, 0, 0)                                                                    \
    X(nodefer, 0, 0)                                                                               \
    X(resethand, 0, 0)                                                                             \
    X(onstack, 0, 0)                                                                               \
    X(two_in_turn, 0, 0)                                                                           \
    X(same_in_turn, 0, HANDLED)                                                                    \
    X(two_pending, 0, 0)                                                                           \
    X(two_pending_nested, 0, 0)                                                                    \
    X(nested, 0, 0)                                                                                \
    X(same_twice, 0, 0)                                                                            \
    X(realtime_queued, 0, 0)                                                                       \
    X(realtime_thread, 0, HANDLED)                                                                 \
    X(realtime_process, 0, 0)                                                                      \
    X(masked_two, 0, 0)                                                                            \
    X(masked_twice, 0, 0)                                                                          \
    X(masked_realtime, 0, 0)                                                                       \
    X(handler_wakes, SAFE_WAKE, 0)                                                                 \
    X(restart_wakes, SAFE_WAKE, 0)                                                                 \
    X(close_other, FD, 0)                                                                          \
    X(close_reuse, FD, 0)                                                                          \
    X(close_handler, FD, 0)                                                                        \
    X(close_restart, FD, 0)                                                                        \
    X(close_peer, PEER, 0)                                                                         \
    X(close_peer_ignored, PEER, 0)                                                                 \
    X(close_peer_masked, PEER, 0)                                                                  \
    X(shutdown_both, SOCKET, 0)                                                                    \
    X(shutdown_read, SOCKET, 0)                                                                    \
    X(shutdown_write, SOCKET, 0)                                                                   \
    X(shutdown_peer, SOCKET | PEER, 0)                                                             \
    X(admitted_thread, LETS_IN, 0)                                                                 \
    X(admitted_process, LETS_IN, 0)                                                                \
    X(held_back, LETS_IN, HANDLED)                                                                 \
    X(admitted_pending, LETS_IN, 0)                                                                \
    X(admitted_pending_nested, LETS_IN, 0)                                                         \
    X(admitted_pending_restart_first, LETS_IN, 0)                                                  \
    X(admitted_pending_restart_second, LETS_IN, 0)                                                 \
    X(admitted_ready, LETS_IN | READY, 0)                                                          \
    X(accept_thread, ACCEPTS, 0)                                                                   \
    X(accept_process, ACCEPTS, 0)                                                                  \
    X(accept_queued, ACCEPTS, 0)                                                                   \
    X(accept_queued_thread, ACCEPTS, 0)                                                            \
    X(accept_of_two, ACCEPTS, 0)                                                                   \
    X(accept_of_queue, ACCEPTS, 0)                                                                 \
    X(accept_ignored, ACCEPTS, 0)                                                                  \
    X(accept_behind_handler, ACCEPTS, 0)                                                           \
    X(accept_elsewhere, ACCEPTS, 0)                                                                \
    X(cancelled, 0, 0)                                                                             \
    X(cancelled_disabled, 0, 0)                                                                    \
    X(cancelled_before, 0, 0)                                                                      \
    X(cancelled_ready, SAFE_WAKE, 0)

const struct circumstance circumstances[] = {
#define X(name, needs, without) { #name, needs, without, name },
    CIRCUMSTANCES(X)
#undef X
        { NULL, 0, 0, NULL },
};
