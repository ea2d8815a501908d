/* SPDX-License-Identifier: MIT
 *
 * fd_poll.c -- calls that wait for several descriptors: poll, select, epoll.
 *
 * As in Linux, a poll that waits keeps the open files that it has begun with, and looks up the
 * numbers again when it wakes: who closes one of them does not wake it, and is seen by POLLNVAL.
 */
#include <errno.h>
#include <fcntl.h>

#include "../real.h"
#include "../signals.h"
#include "../sys.h"
#include "fd.h"
#include "timerfd.h"

static uint64_t deadline_ms(int timeout_ms)
{
    return timeout_ms < 0 ? RT_NO_DEADLINE : rt.now_ns + (uint64_t)timeout_ms * 1000000;
}

/* mask: instead of the thread's own while the call lasts; NULL: none. */
static void poll_begin(struct rt_thread *self, enum rt_op op, const sigset_t *mask, void *frame)
{
    rt_step(self, op, NULL, frame);
    rt_cancel_point(self);
    (void)rt_timerfd_refresh();
    if (mask != NULL) {
        rt_signals_mask_swap(self, mask);
    }
}

/* Nothing is ready, and there is time: waits, then it is time for the next look.  False: a handler
 * has run, which always ends the call. */
static bool poll_wait(struct rt_thread *self, enum rt_op op, struct pollfd *fds, uint32_t count,
                      uint64_t deadline_ns, void *frame)
{
    uint32_t flags = RT_WAIT_LOOKS | (op == RT_OP_EPOLL ? RT_WAIT_FRAGILE : 0);
    /* The open file behind a number that was closed may stay ready, which the call does not see:
     * only something new makes it look again. */
    bool any = op != RT_OP_EPOLL && rt_fd_keeps(self);
    enum rt_wake wake = rt_fd_wait(self, fds, count, deadline_ns, any, flags);
    rt_step_resumed(self, op, NULL, frame);
    (void)rt_timerfd_refresh();
    if (wake == RT_INTERRUPTED) {
        errno = EINTR;
    }
    return wake != RT_INTERRUPTED;
}

/* What is ready counts for more than a handler that is due, and that for more than the time. */
static bool poll_over(const struct rt_thread *self, int ready, uint64_t deadline_ns)
{
    return ready != 0 || (deadline_ns <= rt.now_ns && !rt_signals_deliverable(self));
}

static int poll_end(struct rt_thread *self, int ready)
{
    int saved_errno = errno;
    rt_fd_release(self);
    rt_signals_mask_return(self);
    rt_progress(self, ready > 0);
    rt_result(ready >= 0 ? ready : saved_errno == EINTR ? -EINTR : -2);
    errno = saved_errno;
    return ready;
}

/* ---- poll ---- */

static int poll_until(struct rt_thread *self, struct pollfd *fds, nfds_t count,
                      uint64_t deadline_ns, void *frame)
{
    struct timespec zero = { 0, 0 };
    for (;;) {
        int ready = RT_CALL_AT(frame, ppoll, fds, count, &zero, NULL);
        if (poll_over(self, ready, deadline_ns)) {
            return poll_end(self, ready);
        }
        rt_progress(self, true);
        if (!poll_wait(self, RT_OP_POLL, fds, (uint32_t)count, deadline_ns, frame)) {
            return poll_end(self, -1);
        }
    }
}

static int poll_step(struct rt_thread *self, struct pollfd *fds, nfds_t count, int timeout_ms,
                     void *frame)
{
    poll_begin(self, RT_OP_POLL, NULL, frame);
    return poll_until(self, fds, count, deadline_ms(timeout_ms), frame);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? poll_step(self, fds, count, timeout_ms, RT_FRAME)
                        : RT_CALL(poll, fds, count, timeout_ms);
}

int __poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? poll_step(self, fds, count, timeout_ms, RT_FRAME)
                        : RT_CALL(poll, fds, count, timeout_ms);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL && count <= room / sizeof fds[0]
               ? poll_step(self, fds, count, timeout_ms, RT_FRAME)
               : RT_CALL(__poll_chk, fds, count, timeout_ms, room);
}

static int ppoll_step(struct rt_thread *self, struct pollfd *fds, nfds_t count,
                      const struct timespec *timeout, const sigset_t *mask, void *frame)
{
    uint64_t deadline_ns = RT_NO_DEADLINE;
    poll_begin(self, RT_OP_POLL, mask, frame);
    if (timeout != NULL && !rt_clock_timeout(timeout, &deadline_ns)) {
        errno = EINVAL;
        return poll_end(self, -1);
    }
    return poll_until(self, fds, count, deadline_ns, frame);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? ppoll_step(self, fds, count, timeout, mask, RT_FRAME)
                        : RT_CALL(ppoll, fds, count, timeout, mask);
}

int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask, size_t room)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL && count <= room / sizeof fds[0]
               ? ppoll_step(self, fds, count, timeout, mask, RT_FRAME)
               : RT_CALL(__ppoll_chk, fds, count, timeout, mask, room);
}

/* ---- epoll ---- */

static int epoll_until(struct rt_thread *self, int fd, struct epoll_event *events, int count,
                       uint64_t deadline_ns, void *frame)
{
    struct pollfd poller = { fd, POLLIN, 0 };
    for (;;) {
        int ready = rt_fd_private(poller.fd) && poller.fd == fd
                        ? RT_CALL_AT(frame, epoll_pwait, -1, events, count, 0, NULL)
                        : RT_CALL_AT(frame, epoll_pwait, poller.fd, events, count, 0, NULL);
        if (poll_over(self, ready, deadline_ns)) {
            return poll_end(self, ready);
        }
        rt_progress(self, true);
        if (!poll_wait(self, RT_OP_EPOLL, &poller, 1, deadline_ns, frame)) {
            return poll_end(self, -1);
        }
        poller.fd = rt_fd_held(self, poller.fd);
    }
}

static int epoll_step(struct rt_thread *self, int fd, struct epoll_event *events, int count,
                      int timeout_ms, const sigset_t *mask, void *frame)
{
    poll_begin(self, RT_OP_EPOLL, mask, frame);
    return epoll_until(self, fd, events, count, deadline_ms(timeout_ms), frame);
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? epoll_step(self, fd, events, count, timeout_ms, NULL, RT_FRAME)
                        : RT_CALL(epoll_wait, fd, events, count, timeout_ms);
}

int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout_ms, const sigset_t *mask)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? epoll_step(self, fd, events, count, timeout_ms, mask, RT_FRAME)
                        : RT_CALL(epoll_pwait, fd, events, count, timeout_ms, mask);
}

int epoll_pwait2(int fd, struct epoll_event *events, int count, const struct timespec *timeout,
                 const sigset_t *mask)
{
    uint64_t deadline_ns = RT_NO_DEADLINE;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(epoll_pwait2, fd, events, count, timeout, mask);
    }
    poll_begin(self, RT_OP_EPOLL, mask, RT_FRAME);
    if (timeout != NULL && !rt_clock_timeout(timeout, &deadline_ns)) {
        errno = EINVAL;
        return poll_end(self, -1);
    }
    return epoll_until(self, fd, events, count, deadline_ns, RT_FRAME);
}

/* Whoever waits on the epoll sees at once what was added. */
int epoll_ctl(int fd, int what, int watched, struct epoll_event *event)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(epoll_ctl, fd, what, watched, event);
    }
    rt_step(self, RT_OP_EPOLL_CTL, NULL, RT_FRAME);
    int result = RT_CALL(epoll_ctl, fd, what, watched, event);
    int saved_errno = errno;
    (void)rt_timerfd_refresh();
    rt_fd_changed();
    rt_result(result == 0 ? 0 : -1 - saved_errno);
    errno = saved_errno;
    return result;
}

/* ---- select ---- */

/* The descriptors of select's sets, for waiting.  Returns how many. */
static uint32_t select_fds(int count, fd_set *const sets[3], struct pollfd *fds)
{
    static const short events[3] = { POLLIN, POLLOUT, POLLPRI };
    uint32_t used = 0;
    for (int fd = 0; fd < count; fd++) {
        short wanted = 0;
        for (int set = 0; set < 3; set++) {
            if (sets[set] != NULL && FD_ISSET(fd, sets[set])) {
                wanted |= events[set];
            }
        }
        if (wanted != 0) {
            fds[used++] = (struct pollfd){ fd, wanted, 0 };
        }
    }
    return used;
}

/* What was closed while select waits counts as ready, whatever was asked for.  Takes it out of the
 * sets.  Returns how many. */
static int select_closed(int count, fd_set *const sets[3], fd_set closed[3])
{
    int found = 0;
    for (int fd = 0; fd < count; fd++) {
        if (!rt_fd_private(fd) && RT_SYS3(SYS_fcntl, fd, F_GETFD, 0) >= 0) {
            continue;
        }
        for (int set = 0; set < 3; set++) {
            if (sets[set] != NULL && FD_ISSET(fd, sets[set])) {
                FD_CLR(fd, sets[set]);
                FD_SET(fd, &closed[set]);
                found++;
            }
        }
    }
    return found;
}

/* poll also wakes for what select does not ask for (an error, where only reading is asked for):
 * that wakes select as well, which then finds nothing and must not be woken by the same again. */
static int select_until(struct rt_thread *self, int count, fd_set *const sets[3],
                        uint64_t deadline_ns, void *frame)
{
    struct timespec zero = { 0, 0 };
    struct pollfd fds[FD_SETSIZE];
    if (count < 0 || count > FD_SETSIZE) {
        errno = EINVAL;
        return poll_end(self, -1);
    }
    bool waited = false;
    uint32_t used = select_fds(count, sets, fds);
    for (;;) {
        fd_set copies[3];
        fd_set *asked[3];
        for (int set = 0; set < 3; set++) {
            asked[set] = NULL;
            if (sets[set] != NULL) {
                copies[set] = *sets[set];
                asked[set] = &copies[set];
            }
        }
        fd_set closed[3] = { 0 };
        int gone = waited ? select_closed(count, asked, closed) : 0;
        int ready = RT_CALL_AT(frame, pselect, count, asked[0], asked[1], asked[2], &zero, NULL);
        ready += ready >= 0 ? gone : 0;
        if (poll_over(self, ready, deadline_ns)) {
            for (int set = 0; ready >= 0 && set < 3; set++) {
                if (sets[set] != NULL) {
                    *sets[set] = copies[set];
                    for (int fd = 0; gone > 0 && fd < count; fd++) {
                        if (FD_ISSET(fd, &closed[set])) {
                            FD_SET(fd, sets[set]);
                        }
                    }
                }
            }
            return poll_end(self, ready);
        }
        rt_progress(self, true);
        waited = true;
        if (!poll_wait(self, RT_OP_SELECT, fds, used, deadline_ns, frame)) {
            return poll_end(self, -1);
        }
    }
}

static int select_step(struct rt_thread *self, int count, fd_set *const sets[3],
                       struct timeval *timeout, void *frame)
{
    uint64_t deadline_ns = RT_NO_DEADLINE;
    poll_begin(self, RT_OP_SELECT, NULL, frame);
    if (timeout != NULL) {
        if (timeout->tv_sec < 0 || timeout->tv_usec < 0) {
            errno = EINVAL;
            return poll_end(self, -1);
        }
        struct timespec duration = { timeout->tv_sec + timeout->tv_usec / 1000000,
                                     timeout->tv_usec % 1000000 * 1000 };
        (void)rt_clock_timeout(&duration, &deadline_ns);
    }
    int ready = select_until(self, count, sets, deadline_ns, frame);
    if (timeout != NULL && deadline_ns != RT_NO_DEADLINE) {
        /* Linux says how much time was left. */
        uint64_t left_ns = deadline_ns > rt.now_ns ? deadline_ns - rt.now_ns : 0;
        timeout->tv_sec = (time_t)(left_ns / 1000000000);
        timeout->tv_usec = (suseconds_t)(left_ns % 1000000000 / 1000);
    }
    return ready;
}

int select(int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict excepts,
           struct timeval *restrict timeout)
{
    struct rt_thread *self = RT_ENTER();
    fd_set *const sets[3] = { reads, writes, excepts };
    return self != NULL ? select_step(self, count, sets, timeout, RT_FRAME)
                        : RT_CALL(select, count, reads, writes, excepts, timeout);
}

int __select(int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict excepts,
             struct timeval *restrict timeout)
{
    struct rt_thread *self = RT_ENTER();
    fd_set *const sets[3] = { reads, writes, excepts };
    return self != NULL ? select_step(self, count, sets, timeout, RT_FRAME)
                        : RT_CALL(select, count, reads, writes, excepts, timeout);
}

int pselect(int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict excepts,
            const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    struct rt_thread *self = RT_ENTER();
    uint64_t deadline_ns = RT_NO_DEADLINE;
    fd_set *const sets[3] = { reads, writes, excepts };
    if (self == NULL) {
        return RT_CALL(pselect, count, reads, writes, excepts, timeout, mask);
    }
    poll_begin(self, RT_OP_SELECT, mask, RT_FRAME);
    if (timeout != NULL && !rt_clock_timeout(timeout, &deadline_ns)) {
        errno = EINVAL;
        return poll_end(self, -1);
    }
    return select_until(self, count, sets, deadline_ns, RT_FRAME);
}
