/* SPDX-License-Identifier: MIT
 *
 * fd.c -- descriptors: a call that would block parks its thread, not the process.
 *
 * The kernel's objects are the truth: before a call, poll with no timeout says whether it would
 * block; if so the thread waits until some other thread's write, close or the like has made it
 * ready.  When nobody can go on and a waiting descriptor leads outside (it was not made by this
 * execution), the outside is waited for, for real, and the execution is marked.
 */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "../real.h"
#include "../sys.h"

#define INSIDE_MAX 1024

static bool inside[INSIDE_MAX]; /* made by this execution, and both ends are its own */
static bool forked;             /* then a child may hold the other end */

static void fd_made(int fd)
{
    if (fd >= 0 && fd < INSIDE_MAX) {
        inside[fd] = true;
    }
}

void rt_fd_forked(void)
{
    forked = true;
}

static int poll_now(struct pollfd *fds, uint32_t count)
{
    static const struct timespec zero;
    return (int)RT_SYS5(SYS_ppoll, fds, count, &zero, NULL, 0);
}

/* What was done may have made descriptors ready: who waits for one of those may go on. */
static void fd_changed(void)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED && thread->wait_fds != NULL &&
            poll_now(thread->wait_fds, thread->wait_fds_count) != 0) {
            rt_wake_thread(thread, RT_WOKEN);
        }
    }
}

bool rt_outside_poll(void)
{
    bool leads_outside = false;
    static struct pollfd all[RT_THREADS_MAX];
    uint32_t count = 0;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        const struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state != RT_THREAD_BLOCKED || thread->wait_fds == NULL) {
            continue;
        }
        for (uint32_t one = 0; one < thread->wait_fds_count && count < RT_THREADS_MAX; one++) {
            int fd = thread->wait_fds[one].fd;
            all[count++] = thread->wait_fds[one];
            leads_outside =
                leads_outside || forked || (fd >= 0 && (fd >= INSIDE_MAX || !inside[fd]));
        }
    }
    if (!leads_outside) {
        return false;
    }
    rt.control->outside = 1;
    while (RT_SYS5(SYS_ppoll, all, count, NULL, NULL, 0) == -EINTR) {
    }
    fd_changed();
    return true;
}

/* Waits until one of fds is ready, or the deadline has passed. */
static enum rt_wake fd_block(struct rt_thread *self, struct pollfd *fds, uint32_t count,
                             uint64_t deadline_ns)
{
    self->wait_fds = fds;
    self->wait_fds_count = count;
    enum rt_wake wake = rt_block_cancellable(self, NULL, deadline_ns);
    self->wait_fds = NULL;
    if (wake == RT_CANCELLED) {
        rt_cancel_point(self);
    }
    return wake;
}

/* The step of a call on one descriptor: returns when the call would not block (or must not). */
static void fd_step(struct rt_thread *self, enum rt_op op, int fd, short events, bool blocking,
                    void *frame)
{
    struct pollfd poller = { fd, events, 0 };
    rt_step(self, op, NULL, frame);
    rt_cancel_point(self);
    long flags = RT_SYS3(SYS_fcntl, fd, F_GETFL, 0);
    if (flags < 0 || (flags & O_NONBLOCK) != 0 || !blocking) {
        return;
    }
    while (poll_now(&poller, 1) == 0) {
        (void)fd_block(self, &poller, 1, RT_NO_DEADLINE);
        rt_step_resumed(self, op, NULL, frame);
    }
}

/* Calls on one descriptor: the step, the real call, then a look at who may go on now. */
#define FD_CALL(type, name, op, events, blocking, fd, params, ...)                                 \
    type name params                                                                               \
    {                                                                                              \
        struct rt_thread *self = RT_ENTER();                                                       \
        if (self == NULL) {                                                                        \
            return RT_CALL(name, __VA_ARGS__);                                                     \
        }                                                                                          \
        fd_step(self, RT_OP_##op, fd, events, blocking, RT_FRAME);                                 \
        type result = RT_CALL(name, __VA_ARGS__);                                                  \
        int saved_errno = errno;                                                                   \
        fd_changed();                                                                              \
        rt_progress(self, result >= 0);                                                            \
        errno = saved_errno;                                                                       \
        return result;                                                                             \
    }

#define MAY_WAIT(flags) (((flags)&MSG_DONTWAIT) == 0)

FD_CALL(ssize_t, read, READ, POLLIN, true, fd, (int fd, void *data, size_t size), fd, data, size)
FD_CALL(ssize_t, readv, READ, POLLIN, true, fd, (int fd, const struct iovec *data, int count), fd,
        data, count)
FD_CALL(ssize_t, recv, READ, POLLIN, MAY_WAIT(flags), fd,
        (int fd, void *data, size_t size, int flags), fd, data, size, flags)
FD_CALL(ssize_t, recvfrom, READ, POLLIN, MAY_WAIT(flags), fd,
        (int fd, void *restrict data, size_t size, int flags, struct sockaddr *restrict address,
         socklen_t *restrict address_size),
        fd, data, size, flags, address, address_size)
FD_CALL(ssize_t, recvmsg, READ, POLLIN, MAY_WAIT(flags), fd,
        (int fd, struct msghdr *message, int flags), fd, message, flags)
FD_CALL(ssize_t, write, WRITE, POLLOUT, true, fd, (int fd, const void *data, size_t size), fd, data,
        size)
FD_CALL(ssize_t, writev, WRITE, POLLOUT, true, fd, (int fd, const struct iovec *data, int count),
        fd, data, count)
FD_CALL(ssize_t, send, WRITE, POLLOUT, MAY_WAIT(flags), fd,
        (int fd, const void *data, size_t size, int flags), fd, data, size, flags)
FD_CALL(ssize_t, sendto, WRITE, POLLOUT, MAY_WAIT(flags), fd,
        (int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
         socklen_t address_size),
        fd, data, size, flags, address, address_size)
FD_CALL(ssize_t, sendmsg, WRITE, POLLOUT, MAY_WAIT(flags), fd,
        (int fd, const struct msghdr *message, int flags), fd, message, flags)
FD_CALL(int, accept, READ, POLLIN, true, fd,
        (int fd, struct sockaddr *restrict address, socklen_t *restrict address_size), fd, address,
        address_size)
FD_CALL(int, accept4, READ, POLLIN, true, fd,
        (int fd, struct sockaddr *restrict address, socklen_t *restrict address_size, int flags),
        fd, address, address_size, flags)
FD_CALL(int, connect, WRITE, 0, false, fd,
        (int fd, const struct sockaddr *address, socklen_t address_size), fd, address, address_size)
FD_CALL(int, shutdown, CLOSE, 0, false, fd, (int fd, int how), fd, how)
FD_CALL(int, eventfd_read, READ, POLLIN, true, fd, (int fd, eventfd_t *value), fd, value)
FD_CALL(int, eventfd_write, WRITE, POLLOUT, true, fd, (int fd, eventfd_t value), fd, value)

int close(int fd)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(close, fd);
    }
    rt_step(self, RT_OP_CLOSE, NULL, RT_FRAME);
    int result = RT_CALL(close, fd);
    int saved_errno = errno;
    if (fd >= 0 && fd < INSIDE_MAX) {
        inside[fd] = false;
    }
    fd_changed();
    errno = saved_errno;
    return result;
}

/* ---- those that wait for several ---- */

static int poll_until(struct rt_thread *self, struct pollfd *fds, nfds_t count,
                      uint64_t deadline_ns, const sigset_t *mask, void *frame)
{
    struct timespec zero = { 0, 0 };
    rt_step(self, RT_OP_POLL, NULL, frame);
    rt_cancel_point(self);
    for (;;) {
        int ready = RT_CALL_AT(frame, ppoll, fds, count, &zero, mask);
        if (ready != 0 || deadline_ns <= rt.now_ns) {
            rt_progress(self, ready > 0);
            rt_result(ready >= 0 ? ready : -2);
            return ready;
        }
        (void)fd_block(self, fds, (uint32_t)count, deadline_ns);
        rt_step_resumed(self, RT_OP_POLL, NULL, frame);
    }
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct rt_thread *self = RT_ENTER();
    uint64_t deadline_ns = RT_NO_DEADLINE;
    if (self == NULL) {
        return RT_CALL(poll, fds, count, timeout_ms);
    }
    if (timeout_ms >= 0) {
        deadline_ns = rt.now_ns + (uint64_t)timeout_ms * 1000000;
    }
    return poll_until(self, fds, count, deadline_ns, NULL, RT_FRAME);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    struct rt_thread *self = RT_ENTER();
    uint64_t deadline_ns = RT_NO_DEADLINE;
    if (self == NULL) {
        return RT_CALL(ppoll, fds, count, timeout, mask);
    }
    if (timeout != NULL && !rt_clock_timeout(timeout, &deadline_ns)) {
        errno = EINVAL;
        return -1;
    }
    return poll_until(self, fds, count, deadline_ns, mask, RT_FRAME);
}

static int epoll_until(struct rt_thread *self, int fd, struct epoll_event *events, int count,
                       int timeout_ms, const sigset_t *mask, void *frame)
{
    struct pollfd poller = { fd, POLLIN, 0 };
    uint64_t deadline_ns =
        timeout_ms < 0 ? RT_NO_DEADLINE : rt.now_ns + (uint64_t)timeout_ms * 1000000;
    rt_step(self, RT_OP_POLL, NULL, frame);
    rt_cancel_point(self);
    for (;;) {
        int ready = RT_CALL_AT(frame, epoll_pwait, fd, events, count, 0, mask);
        if (ready != 0 || deadline_ns <= rt.now_ns) {
            rt_progress(self, ready > 0);
            rt_result(ready >= 0 ? ready : -2);
            return ready;
        }
        (void)fd_block(self, &poller, 1, deadline_ns);
        rt_step_resumed(self, RT_OP_POLL, NULL, frame);
    }
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? epoll_until(self, fd, events, count, timeout_ms, NULL, RT_FRAME)
                        : RT_CALL(epoll_wait, fd, events, count, timeout_ms);
}

int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout_ms, const sigset_t *mask)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? epoll_until(self, fd, events, count, timeout_ms, mask, RT_FRAME)
                        : RT_CALL(epoll_pwait, fd, events, count, timeout_ms, mask);
}

/* The descriptors of select's sets, for waiting.  Returns how many. */
static uint32_t select_fds(int count, const fd_set *reads, const fd_set *writes,
                           const fd_set *excepts, struct pollfd *fds)
{
    uint32_t used = 0;
    for (int fd = 0; fd < count; fd++) {
        short events = 0;
        events |= reads != NULL && FD_ISSET(fd, reads) ? POLLIN : 0;
        events |= writes != NULL && FD_ISSET(fd, writes) ? POLLOUT : 0;
        events |= excepts != NULL && FD_ISSET(fd, excepts) ? POLLPRI : 0;
        if (events != 0) {
            fds[used++] = (struct pollfd){ fd, events, 0 };
        }
    }
    return used;
}

static int select_until(struct rt_thread *self, int count, fd_set *reads, fd_set *writes,
                        fd_set *excepts, uint64_t deadline_ns, const sigset_t *mask, void *frame)
{
    struct timespec zero = { 0, 0 };
    struct pollfd fds[FD_SETSIZE];
    rt_step(self, RT_OP_POLL, NULL, frame);
    rt_cancel_point(self);
    if (count < 0 || count > FD_SETSIZE) {
        errno = EINVAL;
        return -1;
    }
    uint32_t used = select_fds(count, reads, writes, excepts, fds);
    for (;;) {
        fd_set copies[3];
        copies[0] = reads != NULL ? *reads : copies[0];
        copies[1] = writes != NULL ? *writes : copies[1];
        copies[2] = excepts != NULL ? *excepts : copies[2];
        int ready = RT_CALL_AT(frame, pselect, count, reads != NULL ? &copies[0] : NULL,
                               writes != NULL ? &copies[1] : NULL,
                               excepts != NULL ? &copies[2] : NULL, &zero, mask);
        if (ready != 0 || deadline_ns <= rt.now_ns) {
            if (ready >= 0) {
                *(reads != NULL ? reads : &copies[0]) = copies[0];
                *(writes != NULL ? writes : &copies[1]) = copies[1];
                *(excepts != NULL ? excepts : &copies[2]) = copies[2];
            }
            rt_progress(self, ready > 0);
            rt_result(ready >= 0 ? ready : -2);
            return ready;
        }
        (void)fd_block(self, fds, used, deadline_ns);
        rt_step_resumed(self, RT_OP_POLL, NULL, frame);
    }
}

int select(int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict excepts,
           struct timeval *restrict timeout)
{
    struct rt_thread *self = RT_ENTER();
    uint64_t deadline_ns = RT_NO_DEADLINE;
    if (self == NULL) {
        return RT_CALL(select, count, reads, writes, excepts, timeout);
    }
    if (timeout != NULL) {
        deadline_ns =
            rt.now_ns + (uint64_t)timeout->tv_sec * 1000000000 + (uint64_t)timeout->tv_usec * 1000;
    }
    return select_until(self, count, reads, writes, excepts, deadline_ns, NULL, RT_FRAME);
}

int pselect(int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict excepts,
            const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    struct rt_thread *self = RT_ENTER();
    uint64_t deadline_ns = RT_NO_DEADLINE;
    if (self == NULL) {
        return RT_CALL(pselect, count, reads, writes, excepts, timeout, mask);
    }
    if (timeout != NULL && !rt_clock_timeout(timeout, &deadline_ns)) {
        errno = EINVAL;
        return -1;
    }
    return select_until(self, count, reads, writes, excepts, deadline_ns, mask, RT_FRAME);
}

/* ---- those that make descriptors: only remembered ---- */

int pipe(int fds[2])
{
    int result = RT_CALL(pipe, fds);
    if (rt.on && result == 0) {
        fd_made(fds[0]);
        fd_made(fds[1]);
    }
    return result;
}

int pipe2(int fds[2], int flags)
{
    int result = RT_CALL(pipe2, fds, flags);
    if (rt.on && result == 0) {
        fd_made(fds[0]);
        fd_made(fds[1]);
    }
    return result;
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
    int result = RT_CALL(socketpair, domain, type, protocol, fds);
    if (rt.on && result == 0) {
        fd_made(fds[0]);
        fd_made(fds[1]);
    }
    return result;
}

int eventfd(unsigned value, int flags)
{
    int fd = RT_CALL(eventfd, value, flags);
    if (rt.on) {
        fd_made(fd);
    }
    return fd;
}

int epoll_create(int size)
{
    int fd = RT_CALL(epoll_create, size);
    if (rt.on) {
        fd_made(fd);
    }
    return fd;
}

int epoll_create1(int flags)
{
    int fd = RT_CALL(epoll_create1, flags);
    if (rt.on) {
        fd_made(fd);
    }
    return fd;
}
