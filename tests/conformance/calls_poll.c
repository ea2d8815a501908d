/* SPDX-License-Identifier: MIT
 *
 * calls_poll.c -- poll, select and epoll, each on one pipe.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "calls.h"

static long got_events(struct row *row, long result, unsigned events)
{
    (void)snprintf(row->got, sizeof row->got, "events %#x", events);
    return result;
}

/* ---- poll ---- */

static struct pollfd poller_of(const struct row *row)
{
    return (struct pollfd){ row->fd, POLLIN, 0 };
}

long perform_poll(struct row *row)
{
    struct pollfd poller = poller_of(row);
    int result = poll(&poller, 1, (int)row->timeout_ms);
    return got_events(row, result, (unsigned short)poller.revents);
}
static long poll_for(struct row *row, short events)
{
    struct pollfd poller = { row->fd, events, 0 };
    int result = poll(&poller, 1, (int)row->timeout_ms);
    return got_events(row, result, (unsigned short)poller.revents);
}
long perform_poll_out(struct row *row)
{
    return poll_for(row, POLLOUT);
}
long perform_poll_socket(struct row *row)
{
    return poll_for(row, POLLIN | POLLRDHUP);
}
long perform_poll_accept(struct row *row)
{
    return poll_for(row, POLLIN);
}
long perform_poll_timerfd(struct row *row)
{
    return poll_for(row, POLLIN);
}
long perform_poll_signalfd(struct row *row)
{
    return poll_for(row, POLLIN);
}
long perform_poll_nothing(struct row *row)
{
    return poll(NULL, 0, (int)row->timeout_ms);
}
long perform_poll_forever(struct row *row)
{
    struct pollfd poller = poller_of(row);
    int result = poll(&poller, 1, -1);
    return got_events(row, result, (unsigned short)poller.revents);
}
long perform_ppoll(struct row *row)
{
    struct pollfd poller = poller_of(row);
    int result = ppoll(&poller, 1, &row->timeout, &row->admits);
    return got_events(row, result, (unsigned short)poller.revents);
}

/* ---- select ---- */

static long got_sets(struct row *row, long result, const fd_set *reads, int fd)
{
    (void)snprintf(row->got, sizeof row->got, "%s", FD_ISSET(fd, reads) ? "set" : "clear");
    return result;
}

long perform_select(struct row *row)
{
    fd_set reads;
    int fd = row->fd;
    struct timeval timeout = { row->timeout.tv_sec, row->timeout.tv_nsec / 1000 };
    FD_ZERO(&reads);
    FD_SET(fd, &reads);
    int result = select(fd + 1, &reads, NULL, NULL, &timeout);
    row->has_left = true;
    row->left = (struct timespec){ timeout.tv_sec, timeout.tv_usec * 1000 };
    return got_sets(row, result, &reads, fd);
}
long perform_select_forever(struct row *row)
{
    fd_set reads;
    int fd = row->fd;
    FD_ZERO(&reads);
    FD_SET(fd, &reads);
    int result = select(fd + 1, &reads, NULL, NULL, NULL);
    return got_sets(row, result, &reads, fd);
}
long perform_pselect(struct row *row)
{
    fd_set reads;
    int fd = row->fd;
    FD_ZERO(&reads);
    FD_SET(fd, &reads);
    int result = pselect(fd + 1, &reads, NULL, NULL, &row->timeout, &row->admits);
    return got_sets(row, result, &reads, fd);
}

long perform_select_out(struct row *row)
{
    fd_set writes;
    int fd = row->fd;
    FD_ZERO(&writes);
    FD_SET(fd, &writes);
    struct timeval timeout = { row->timeout.tv_sec, row->timeout.tv_nsec / 1000 };
    int result = select(fd + 1, NULL, &writes, NULL, &timeout);
    row->has_left = true;
    row->left = (struct timespec){ timeout.tv_sec, timeout.tv_usec * 1000 };
    return got_sets(row, result, &writes, fd);
}
long perform_select_nothing(struct row *row)
{
    struct timeval timeout = { row->timeout.tv_sec, row->timeout.tv_nsec / 1000 };
    int result = select(0, NULL, NULL, NULL, &timeout);
    row->has_left = true;
    row->left = (struct timespec){ timeout.tv_sec, timeout.tv_usec * 1000 };
    return result;
}

/* ---- epoll: row->fd is the epoll ---- */

static void epoll_prepare(struct row *row, int watched, int other, unsigned events)
{
    struct epoll_event wanted = { .events = events, .data = { .u32 = 5 } };
    row->fd = epoll_create1(EPOLL_CLOEXEC);
    MUST(row->fd >= 0);
    row->extra[row->extra_count++] = watched;
    row->peer = other;
    if (events != 0) {
        OK(epoll_ctl(row->fd, EPOLL_CTL_ADD, watched, &wanted));
    }
}
static void epoll_finish(struct row *row)
{
    family_pipe_in.finish(row);
}
static void epoll_wake(struct row *row)
{
    family_pipe_in.wake(row);
}

static void epoll_in_prepare(struct row *row)
{
    int fds[2];
    OK(pipe(fds));
    epoll_prepare(row, fds[0], fds[1], EPOLLIN);
}
const struct family family_epoll_in = { epoll_in_prepare, NULL, NULL, epoll_wake, epoll_finish };

/* What is ready has been seen already: only something new ends the call. */
static void epoll_edge_prepare(struct row *row)
{
    struct epoll_event event;
    int fds[2];
    OK(pipe(fds));
    MUST(write(fds[1], "o", 1) == 1);
    epoll_prepare(row, fds[0], fds[1], EPOLLIN | EPOLLET);
    MUST(epoll_wait(row->fd, &event, 1, 0) == 1);
}
const struct family family_epoll_edge = { epoll_edge_prepare, NULL, NULL, epoll_wake,
                                          epoll_finish };

/* What is ready is put into it by the driver. */
static void epoll_added_prepare(struct row *row)
{
    int fds[2];
    OK(pipe(fds));
    MUST(write(fds[1], "o", 1) == 1);
    epoll_prepare(row, fds[0], fds[1], 0);
    row->extra[row->extra_count++] = dup(row->fd); /* by which it is reached when it is closed */
}
static void epoll_control(struct row *row, int what)
{
    struct epoll_event wanted = { .events = EPOLLIN };
    OK(epoll_ctl(row->extra[1], what, row->extra[0], &wanted));
}
static void epoll_added_wake(struct row *row)
{
    epoll_control(row, EPOLL_CTL_ADD);
}
const struct family family_epoll_added = { epoll_added_prepare, NULL, NULL, epoll_added_wake,
                                           epoll_finish };

/* A one-shot that has been shown is armed again. */
static void epoll_rearmed_prepare(struct row *row)
{
    struct epoll_event event;
    int fds[2];
    OK(pipe(fds));
    MUST(write(fds[1], "o", 1) == 1);
    epoll_prepare(row, fds[0], fds[1], EPOLLIN | EPOLLONESHOT);
    MUST(epoll_wait(row->fd, &event, 1, 0) == 1);
    row->extra[row->extra_count++] = dup(row->fd);
}
static void epoll_rearmed_wake(struct row *row)
{
    epoll_control(row, EPOLL_CTL_MOD);
}
const struct family family_epoll_rearmed = { epoll_rearmed_prepare, NULL, NULL, epoll_rearmed_wake,
                                             epoll_finish };

static void epoll_out_prepare(struct row *row)
{
    family_pipe_out.prepare(row);
    epoll_prepare(row, row->fd, row->peer, EPOLLOUT);
}
static void epoll_out_wake(struct row *row)
{
    if (row->peer >= 0) {
        family_pipe_out.wake(row);
    }
}
const struct family family_epoll_out = { epoll_out_prepare, NULL, NULL, epoll_out_wake,
                                         epoll_finish };

long perform_epoll_wait_edge(struct row *row)
{
    return perform_epoll_wait(row);
}
long perform_epoll_wait_added(struct row *row)
{
    return perform_epoll_wait(row);
}
long perform_epoll_wait_rearmed(struct row *row)
{
    return perform_epoll_wait(row);
}
long perform_epoll_wait_out(struct row *row)
{
    return perform_epoll_wait(row);
}
long perform_epoll_wait(struct row *row)
{
    struct epoll_event event = { 0 };
    int result = epoll_wait(row->fd, &event, 1, (int)row->timeout_ms);
    return got_events(row, result, event.events);
}
long perform_epoll_wait_forever(struct row *row)
{
    struct epoll_event event = { 0 };
    int result = epoll_wait(row->fd, &event, 1, -1);
    return got_events(row, result, event.events);
}
long perform_epoll_pwait(struct row *row)
{
    struct epoll_event event = { 0 };
    int result = epoll_pwait(row->fd, &event, 1, (int)row->timeout_ms, &row->admits);
    return got_events(row, result, event.events);
}
long perform_epoll_pwait2(struct row *row)
{
    struct epoll_event event = { 0 };
    int result = epoll_pwait2(row->fd, &event, 1, &row->timeout, &row->admits);
    return got_events(row, result, event.events);
}
