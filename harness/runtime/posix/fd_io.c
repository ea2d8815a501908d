/* SPDX-License-Identifier: MIT
 *
 * fd_io.c -- calls on one descriptor: the loop of tries, and read, write and their kin.
 *
 * A call is a step and then a loop of tries.  For the time of a try the open file is set O_NONBLOCK
 * (nobody else runs meanwhile), so that the kernel says exactly when the call would block.  Where
 * that could be noticed, because the open file may be shared with another process, poll is asked
 * before the call instead.
 */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/time.h>

#include "../real.h"
#include "../signals.h"
#include "../sys.h"
#include "random.h"
#include "signalfd.h"
#include "timerfd.h"

/* ---- the loop of tries ---- */

/* Finds the open file: when the call begins, and when it begins anew. */
static void io_open(struct rt_io *io)
{
    bool bad = rt_fd_private(io->program_fd);
    io->flags = bad ? -1 : (int)RT_SYS3(SYS_fcntl, io->program_fd, F_GETFL, 0);
    io->fd = io->flags < 0 ? -1 : io->program_fd;
    if (io->flags < 0 || (io->flags & (O_NONBLOCK | O_PATH)) != 0) {
        io->may_wait = false;
    }
}

struct rt_io rt_io_begin(struct rt_thread *self, enum rt_op op, int fd, short events, bool may_wait,
                         void *frame)
{
    struct rt_io io = {
        .self = self,
        .op = op,
        .fd = fd,
        .program_fd = fd,
        .events = events,
        .may_wait = may_wait,
        .error_before = errno,
        .timeout_option = (events & POLLIN) != 0 ? SO_RCVTIMEO : SO_SNDTIMEO,
        .frame = frame,
    };
    rt_step(self, op, NULL, frame);
    if (events != 0 || (op != RT_OP_CONNECT && op != RT_OP_SHUTDOWN && op != RT_OP_SETSOCKOPT)) {
        rt_cancel_point(self); /* all but bind, listen and the like */
    }
    (void)rt_timerfd_refresh();
    io_open(&io);
    return io;
}

/* The socket's own timeout, counted from now, once the call must wait. */
static void io_deadline(struct rt_io *io)
{
    struct timeval timeout = { 0, 0 };
    socklen_t size = sizeof timeout;
    io->deadline_ns = RT_NO_DEADLINE;
    if (io->timeout_option != 0 &&
        RT_SYS5(SYS_getsockopt, io->fd, SOL_SOCKET, io->timeout_option, &timeout, &size) == 0 &&
        (timeout.tv_sec != 0 || timeout.tv_usec != 0)) {
        io->deadline_ns =
            rt.now_ns + (uint64_t)timeout.tv_sec * 1000000000 + (uint64_t)timeout.tv_usec * 1000;
    }
}

bool rt_io_wait(struct rt_io *io)
{
    struct pollfd poller = { io->program_fd, io->events, 0 };
    if (io->deadline_ns == 0) {
        io_deadline(io);
    }
    if (io->deadline_ns <= rt.now_ns) {
        return false;
    }
    /* The program's number stands for the open file; once it was closed, what is kept does. */
    bool kept = io->fd != io->program_fd;
    poller.fd = kept ? io->fd : io->program_fd;
    struct pollfd look = { io->fd, io->events, 0 };
    bool any = io->again && rt_fd_poll_now(&look, 1) != 0;
    io->again = false;
    /* A socket's own timeout makes it a call that never restarts, nor does one that has moved
     * something. */
    bool restarts = io->deadline_ns == RT_NO_DEADLINE && !io->partial;
    enum rt_wake wake = rt_fd_wait(io->self, &poller, 1, io->deadline_ns, any,
                                   restarts ? RT_WAIT_RESTARTS : RT_WAIT_FRAGILE);
    io->interrupted = wake == RT_INTERRUPTED;
    io->waited = wake != RT_RESTARTED;
    if (wake == RT_RESTARTED) {
        rt_fd_release(io->self); /* a number that was closed meanwhile is bad now */
        io_open(io);
    } else if (!kept) {
        io->fd = rt_fd_held(io->self, io->program_fd);
    }
    rt_step_resumed(io->self, io->op, NULL, io->frame);
    rt_progress(io->self, true);
    (void)rt_timerfd_refresh();
    return wake != RT_TIMED_OUT && wake != RT_INTERRUPTED;
}

/* May another process be using the same open file? */
static bool io_shared(const struct rt_io *io)
{
    const struct rt_fd *info = rt_fd_info(io->fd);
    return info == NULL || info->kind == RT_FD_UNKNOWN || rt_fd_shared();
}

void rt_io_try(struct rt_io *io)
{
    if (!io->may_wait || rt_signalfd_is(io->fd)) { /* of a signalfd the kernel is not asked */
        return;
    }
    if (io_shared(io)) {
        struct pollfd poller = { io->fd, io->events, 0 };
        while (io->events != 0 && rt_fd_poll_now(&poller, 1) == 0) {
            if (!rt_io_wait(io)) {
                io->flipped = true; /* it is over: the call says EAGAIN itself */
                (void)RT_SYS3(SYS_fcntl, io->fd, F_SETFL, io->flags | O_NONBLOCK);
                return;
            }
            poller.fd = io->fd;
        }
        return;
    }
    io->flipped = RT_SYS3(SYS_fcntl, io->fd, F_SETFL, io->flags | O_NONBLOCK) == 0;
}

/* Ends the try. */
static void io_tried(struct rt_io *io)
{
    if (io->flipped) {
        (void)RT_SYS3(SYS_fcntl, io->fd, F_SETFL, io->flags);
        io->flipped = false;
    }
}

static int io_domain(const struct rt_io *io)
{
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    (void)RT_SYS5(SYS_getsockopt, io->fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    return domain;
}

bool rt_io_shut(const struct rt_io *io)
{
    struct pollfd poller = { io->fd, POLLRDHUP, 0 };
    return io->may_wait && errno == EAGAIN && rt_fd_poll_now(&poller, 1) == 1 &&
           io_domain(io) == AF_UNIX;
}

ssize_t rt_io_received(const struct rt_io *io, ssize_t result)
{
    return result < 0 && rt_io_shut(io) ? 0 : result;
}

/* What a call says that waits when the connection breaks, not one that begins then. */
static void io_broken_while_waiting(struct rt_io *io)
{
    int error = 0;
    socklen_t size = sizeof error;
    (void)RT_SYS5(SYS_getsockopt, io->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error != 0 ? error : EPIPE;
}

/* Does SIGPIPE come with the EPIPE?  Not from a socket that has sent a part, nor from a Unix socket
 * that has waited. */
static bool io_signals(const struct rt_io *io)
{
    int domain = io_domain(io);
    return domain == AF_UNSPEC || (!io->partial && !(io->waited && domain == AF_UNIX));
}

bool rt_io_again(struct rt_io *io, ssize_t result)
{
    bool tells = io->flipped || rt_signalfd_is(io->fd);
    io_tried(io);
    io->broken = result < 0 && errno == EPIPE;
    if (io->broken && io->waited && io_domain(io) == AF_UNIX) {
        io_broken_while_waiting(io);
    }
    if (result < 0 && errno == EAGAIN && io->interrupted) {
        errno = EINTR;
        return false;
    }
    if (result >= 0 || errno != EAGAIN || !io->may_wait || !tells) {
        return false;
    }
    io->again = true;
    bool wait = rt_io_wait(io);
    if (!wait) {
        errno = io->interrupted ? EINTR : EAGAIN;
    }
    return wait;
}

void rt_io_end(struct rt_io *io, ssize_t result)
{
    int saved_errno = errno;
    bool signals = io->broken && io_signals(io);
    io_tried(io);
    rt_fd_release(io->self);
    rt_fd_changed();
    rt_progress(io->self, result >= 0 || (saved_errno != EAGAIN && saved_errno != EINPROGRESS));
    rt_trace_shown(result >= 0 ? (int32_t)(result < INT32_MAX ? result : INT32_MAX)
                               : -saved_errno - 1);
    errno = result < 0 ? saved_errno : io->error_before;
    if (io->broken) {
        rt_signals_pipe(io->self, signals);
    }
}

static ssize_t read_step(struct rt_thread *self, int fd, void *data, size_t size, void *frame)
{
    const struct iovec whole = { data, size };
    struct rt_io io = rt_io_begin(self, RT_OP_READ, fd, POLLIN, true, frame);
    ssize_t result;
    do {
        rt_io_try(&io);
        result = rt_signalfd_is(io.fd) ? rt_signalfd_read(self, io.fd, &whole, 1)
                                       : RT_CALL_AT(frame, read, io.fd, data, size);
        result = rt_io_received(&io, result);
    } while (rt_io_again(&io, result));
    if (result > 0) {
        rt_random_device(io.fd, data, (size_t)result);
    }
    rt_io_end(&io, result);
    return result;
}

ssize_t read(int fd, void *data, size_t size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? read_step(self, fd, data, size, RT_FRAME) : RT_CALL(read, fd, data, size);
}

ssize_t __read(int fd, void *data, size_t size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? read_step(self, fd, data, size, RT_FRAME) : RT_CALL(read, fd, data, size);
}

ssize_t __read_chk(int fd, void *data, size_t size, size_t room)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL || size > room) {
        return RT_CALL(__read_chk, fd, data, size, room);
    }
    return read_step(self, fd, data, size, RT_FRAME);
}

ssize_t readv(int fd, const struct iovec *data, int count)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(readv, fd, data, count);
    }
    struct rt_io io = rt_io_begin(self, RT_OP_READ, fd, POLLIN, true, RT_FRAME);
    ssize_t result;
    do {
        rt_io_try(&io);
        result = rt_signalfd_is(io.fd) ? rt_signalfd_read(self, io.fd, data, count)
                                       : RT_CALL(readv, io.fd, data, count);
        result = rt_io_received(&io, result);
    } while (rt_io_again(&io, result));
    rt_io_end(&io, result);
    return result;
}

int eventfd_read(int fd, eventfd_t *value)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(eventfd_read, fd, value);
    }
    return read_step(self, fd, value, sizeof *value, RT_FRAME) == sizeof *value ? 0 : -1;
}

/* Files have no end of data to wait for; others refuse these. */
RT_IO_CALL(ssize_t, pread, READ, 0, false, fd, (int fd, void *data, size_t size, off_t at), data,
           size, at)
RT_IO_CALL(ssize_t, pread64, READ, 0, false, fd, (int fd, void *data, size_t size, off_t at), data,
           size, at)
RT_IO_CALL(ssize_t, __pread_chk, READ, 0, false, fd,
           (int fd, void *data, size_t size, off_t at, size_t room), data, size, at, room)
RT_IO_CALL(ssize_t, __pread64_chk, READ, 0, false, fd,
           (int fd, void *data, size_t size, off_t at, size_t room), data, size, at, room)
RT_IO_CALL(ssize_t, preadv, READ, 0, false, fd,
           (int fd, const struct iovec *data, int count, off_t at), data, count, at)
RT_IO_CALL(ssize_t, preadv64, READ, 0, false, fd,
           (int fd, const struct iovec *data, int count, off_t at), data, count, at)
RT_IO_CALL(ssize_t, pwrite, WRITE, 0, false, fd, (int fd, const void *data, size_t size, off_t at),
           data, size, at)
RT_IO_CALL(ssize_t, pwrite64, WRITE, 0, false, fd,
           (int fd, const void *data, size_t size, off_t at), data, size, at)
RT_IO_CALL(ssize_t, pwritev, WRITE, 0, false, fd,
           (int fd, const struct iovec *data, int count, off_t at), data, count, at)
RT_IO_CALL(ssize_t, pwritev64, WRITE, 0, false, fd,
           (int fd, const struct iovec *data, int count, off_t at), data, count, at)

/* ---- all of it, or until it must wait ---- */

/* Behind it is an eventfd, which could be written. */
static bool io_is_read_only(const struct rt_io *io)
{
    const struct rt_fd *info = rt_fd_info(io->fd);
    return info != NULL && (info->kind == RT_FD_TIMER || info->kind == RT_FD_SIGNAL);
}

static ssize_t io_refuse(struct rt_io *io)
{
    errno = EINVAL;
    rt_io_end(io, -1);
    return -1;
}

static ssize_t write_step(struct rt_thread *self, int fd, const void *data, size_t size,
                          void *frame)
{
    struct rt_io io = rt_io_begin(self, RT_OP_WRITE, fd, POLLOUT, true, frame);
    if (io_is_read_only(&io)) {
        return io_refuse(&io);
    }
    return RT_IO_ALL(ssize_t, io, size, true,
                     RT_CALL_AT(frame, write, io.fd, (const char *)data + done, size - done));
}

ssize_t write(int fd, const void *data, size_t size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? write_step(self, fd, data, size, RT_FRAME)
                        : RT_CALL(write, fd, data, size);
}

ssize_t __write(int fd, const void *data, size_t size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? write_step(self, fd, data, size, RT_FRAME)
                        : RT_CALL(write, fd, data, size);
}

int eventfd_write(int fd, eventfd_t value)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(eventfd_write, fd, value);
    }
    return write_step(self, fd, &value, sizeof value, RT_FRAME) == sizeof value ? 0 : -1;
}

ssize_t rt_io_write_all(struct rt_thread *self, int fd, const void *data, size_t size, void *frame)
{
    return write_step(self, fd, data, size, frame);
}

/* What is left of `from` behind the first `done` bytes.  Returns the total of from. */
size_t rt_iovec_rest(const struct iovec *from, size_t count, size_t done, struct iovec *rest,
                     size_t *rest_count)
{
    size_t total = 0;
    *rest_count = 0;
    for (size_t at = 0; at < count; at++) {
        size_t skip = done < total ? 0 : done - total;
        if (skip < from[at].iov_len) {
            rest[(*rest_count)++] =
                (struct iovec){ (char *)from[at].iov_base + skip, from[at].iov_len - skip };
        }
        total += from[at].iov_len;
    }
    return total;
}

ssize_t writev(int fd, const struct iovec *data, int count)
{
    struct rt_thread *self = RT_ENTER();
    struct iovec rest[IOV_MAX];
    size_t rest_count = 0;
    if (self == NULL || count <= 0 || count > IOV_MAX) {
        return RT_CALL(writev, fd, data, count);
    }
    struct rt_io io = rt_io_begin(self, RT_OP_WRITE, fd, POLLOUT, true, RT_FRAME);
    if (io_is_read_only(&io)) {
        return io_refuse(&io);
    }
    size_t total = rt_iovec_rest(data, (size_t)count, 0, rest, &rest_count);
    return RT_IO_ALL(ssize_t, io, total, true,
                     (done == 0
                          ? RT_CALL(writev, io.fd, data, count)
                          : ((void)rt_iovec_rest(data, (size_t)count, done, rest, &rest_count),
                             RT_CALL(writev, io.fd, rest, (int)rest_count))));
}
