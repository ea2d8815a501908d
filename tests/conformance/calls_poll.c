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
long perform_poll_forever(struct row *row)
{
    struct pollfd poller = poller_of(row);
    int result = poll(&poller, 1, -1);
    return got_events(row, result, (unsigned short)poller.revents);
}
long perform_ppoll(struct row *row)
{
    struct pollfd poller = poller_of(row);
    row->left = row->timeout;
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

/* ---- epoll: row->fd is the epoll ---- */

static void epoll_prepare(struct row *row)
{
    struct epoll_event wanted = { .events = EPOLLIN, .data = { .u32 = 5 } };
    int fds[2];
    OK(pipe(fds));
    row->fd = epoll_create1(EPOLL_CLOEXEC);
    MUST(row->fd >= 0);
    OK(epoll_ctl(row->fd, EPOLL_CTL_ADD, fds[0], &wanted));
    row->peer = fds[1];
    row->extra[row->extra_count++] = fds[0];
}
static void epoll_wake(struct row *row)
{
    family_pipe_in.wake(row);
}
static void epoll_finish(struct row *row)
{
    family_pipe_in.finish(row);
}
const struct family family_epoll_in = { epoll_prepare, NULL, NULL, epoll_wake, epoll_finish };

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
