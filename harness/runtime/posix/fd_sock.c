/* SPDX-License-Identifier: MIT
 *
 * fd_sock.c -- sockets: connections, and what is sent and received.
 */
#include "fd_sock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "../real.h"
#include "../sys.h"
#include "fd.h"

#define MAY_WAIT(flags) (((flags)&MSG_DONTWAIT) == 0)

/* ---- connections ---- */

int socket(int domain, int type, int protocol)
{
    int fd = RT_CALL(socket, domain, type, protocol);
    rt_fd_made(fd, RT_FD_SOCKET);
    return fd;
}

RT_IO_CALL(int, bind, CONNECT, 0, false, fd,
           (int fd, const struct sockaddr *address, socklen_t address_size), address, address_size)
RT_IO_CALL(int, listen, CONNECT, 0, false, fd, (int fd, int backlog), backlog)
RT_IO_CALL(int, setsockopt, SETSOCKOPT, 0, false, fd,
           (int fd, int level, int name, const void *value, socklen_t size), level, name, value,
           size)

int shutdown(int fd, int how)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(shutdown, fd, how);
    }
    struct rt_io io = rt_io_begin(self, RT_OP_SHUTDOWN, fd, 0, false, RT_FRAME);
    int result = RT_CALL(shutdown, io.fd, how);
    if (result == 0) {
        rt_fd_shut();
    }
    rt_io_end(&io, result);
    return result;
}

static int accept_step(struct rt_thread *self, int fd, struct sockaddr *address,
                       socklen_t *address_size, int flags, void *frame)
{
    struct rt_io io = rt_io_begin(self, RT_OP_ACCEPT, fd, POLLIN, true, frame);
    int result;
    do {
        rt_io_try(&io);
        result = RT_CALL_AT(frame, accept4, io.fd, address, address_size, flags);
        if (result < 0 && rt_io_shut(&io)) {
            errno = EINVAL;
        }
    } while (rt_io_again(&io, result));
    rt_fd_made(result, RT_FD_SOCKET);
    rt_io_end(&io, result);
    return result;
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict address_size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? accept_step(self, fd, address, address_size, 0, RT_FRAME)
                        : RT_CALL(accept, fd, address, address_size);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict address_size, int flags)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? accept_step(self, fd, address, address_size, flags, RT_FRAME)
                        : RT_CALL(accept4, fd, address, address_size, flags);
}

/* A Unix socket says EAGAIN when the listener's queue is full, others EINPROGRESS: the result is
 * then known when the socket can be written to. */
static int connect_step(struct rt_thread *self, int fd, const struct sockaddr *address,
                        socklen_t address_size, void *frame)
{
    struct rt_io io = rt_io_begin(self, RT_OP_CONNECT, fd, POLLOUT, true, frame);
    int result;
    do {
        rt_io_try(&io);
        result = RT_CALL_AT(frame, connect, io.fd, address, address_size);
    } while (rt_io_again(&io, result));
    if (result < 0 && errno == EINPROGRESS && io.may_wait) {
        struct pollfd poller = { io.fd, POLLOUT, 0 };
        rt_fd_changed(); /* the listener may have it already */
        while (rt_fd_poll_now(&poller, 1) == 0 && rt_io_wait(&io)) {
            poller.fd = io.fd;
        }
        int error = io.interrupted ? EINTR : EINPROGRESS;
        socklen_t size = sizeof error;
        if (rt_fd_poll_now(&poller, 1) != 0) {
            (void)RT_SYS5(SYS_getsockopt, io.fd, SOL_SOCKET, SO_ERROR, &error, &size);
        }
        errno = error;
        result = error == 0 ? 0 : -1;
    }
    rt_io_end(&io, result);
    return result;
}

int connect(int fd, const struct sockaddr *address, socklen_t address_size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? connect_step(self, fd, address, address_size, RT_FRAME)
                        : RT_CALL(connect, fd, address, address_size);
}

int __connect(int fd, const struct sockaddr *address, socklen_t address_size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? connect_step(self, fd, address, address_size, RT_FRAME)
                        : RT_CALL(connect, fd, address, address_size);
}

/* ---- what is sent and received ---- */

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(recvmsg, fd, message, flags);
    }
    struct rt_io io = rt_io_begin(self, RT_OP_RECV, fd, POLLIN, MAY_WAIT(flags), RT_FRAME);
    ssize_t result;
    do {
        rt_io_try(&io);
        result = rt_io_received(&io, RT_CALL(recvmsg, io.fd, message, flags));
    } while (rt_io_again(&io, result));
    rt_io_end(&io, result);
    return result;
}

/* Datagrams go as one or not at all. */
static bool socket_stream(int fd)
{
    int type = 0;
    socklen_t size = sizeof type;
    return RT_SYS5(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_STREAM;
}

static ssize_t send_step(struct rt_thread *self, int fd, const void *data, size_t size, int flags,
                         const struct sockaddr *address, socklen_t address_size, void *frame)
{
    struct rt_io io = rt_io_begin(self, RT_OP_SEND, fd, POLLOUT, MAY_WAIT(flags), frame);
    return RT_IO_ALL(ssize_t, io, size, socket_stream(io.fd),
                     RT_CALL_AT(frame, sendto, io.fd, (const char *)data + done, size - done, flags,
                                address, address_size));
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? send_step(self, fd, data, size, flags, NULL, 0, RT_FRAME)
                        : RT_CALL(send, fd, data, size, flags);
}

ssize_t __send(int fd, const void *data, size_t size, int flags)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? send_step(self, fd, data, size, flags, NULL, 0, RT_FRAME)
                        : RT_CALL(send, fd, data, size, flags);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
               socklen_t address_size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? send_step(self, fd, data, size, flags, address, address_size, RT_FRAME)
                        : RT_CALL(sendto, fd, data, size, flags, address, address_size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct rt_thread *self = RT_ENTER();
    struct iovec rest[IOV_MAX];
    if (self == NULL || message->msg_iovlen > IOV_MAX) {
        return RT_CALL(sendmsg, fd, message, flags);
    }
    struct msghdr part = *message;
    struct rt_io io = rt_io_begin(self, RT_OP_SEND, fd, POLLOUT, MAY_WAIT(flags), RT_FRAME);
    size_t total = rt_iovec_rest(message->msg_iov, message->msg_iovlen, 0, rest, &part.msg_iovlen);
    part = *message;
    return RT_IO_ALL(ssize_t, io, total, socket_stream(io.fd), (__extension__({
                         if (done > 0) { /* what was attached went with the first part */
                             part.msg_iov = rest;
                             part.msg_control = NULL;
                             part.msg_controllen = 0;
                             (void)rt_iovec_rest(message->msg_iov, message->msg_iovlen, done, rest,
                                                 &part.msg_iovlen);
                         }
                         RT_CALL(sendmsg, io.fd, &part, flags);
                     })));
}

static ssize_t recv_step(struct rt_thread *self, int fd, void *data, size_t size, int flags,
                         struct sockaddr *address, socklen_t *address_size, void *frame)
{
    struct rt_io io = rt_io_begin(self, RT_OP_RECV, fd, POLLIN, MAY_WAIT(flags), frame);
    bool whole =
        (flags & (MSG_WAITALL | MSG_PEEK | MSG_ERRQUEUE)) == MSG_WAITALL && socket_stream(io.fd);
    return RT_IO_ALL(ssize_t, io, size, whole,
                     rt_io_received(&io, RT_CALL_AT(frame, recvfrom, io.fd, (char *)data + done,
                                                    size - done, flags, address, address_size)));
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? recv_step(self, fd, data, size, flags, NULL, NULL, RT_FRAME)
                        : RT_CALL(recv, fd, data, size, flags);
}

ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL && size <= room
               ? recv_step(self, fd, data, size, flags, NULL, NULL, RT_FRAME)
               : RT_CALL(__recv_chk, fd, data, size, room, flags);
}

ssize_t recvfrom(int fd, void *restrict data, size_t size, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict address_size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? recv_step(self, fd, data, size, flags, address, address_size, RT_FRAME)
                        : RT_CALL(recvfrom, fd, data, size, flags, address, address_size);
}

ssize_t __recvfrom_chk(int fd, void *restrict data, size_t size, size_t room, int flags,
                       struct sockaddr *restrict address, socklen_t *restrict address_size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL && size <= room
               ? recv_step(self, fd, data, size, flags, address, address_size, RT_FRAME)
               : RT_CALL(__recvfrom_chk, fd, data, size, room, flags, address, address_size);
}

/* ---- several messages at once ---- */

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    struct rt_thread *self = RT_ENTER();
    uint64_t deadline_ns = RT_NO_DEADLINE;
    if (self == NULL) {
        return RT_CALL(recvmmsg, fd, messages, count, flags, timeout);
    }
    struct rt_io io = rt_io_begin(self, RT_OP_RECV, fd, POLLIN, MAY_WAIT(flags), RT_FRAME);
    if (timeout != NULL && !rt_clock_timeout(timeout, &deadline_ns)) {
        errno = EINVAL;
        rt_io_end(&io, -1);
        return -1;
    }
    /* As Linux, the time is looked at behind a message only: it wakes nobody. */
    bool whole = (flags & MSG_WAITFORONE) == 0;
    int got =
        RT_IO_ALL(int, io, count, whole &&deadline_ns > rt.now_ns,
                  RT_CALL(recvmmsg, io.fd, messages + done, (unsigned)(count - done), flags, NULL));
    if (timeout != NULL && got > 0) {
        uint64_t left_ns = deadline_ns > rt.now_ns ? deadline_ns - rt.now_ns : 0;
        timeout->tv_sec = (time_t)(left_ns / 1000000000);
        timeout->tv_nsec = (long)(left_ns % 1000000000);
    }
    return got;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sendmmsg, fd, messages, count, flags);
    }
    struct rt_io io = rt_io_begin(self, RT_OP_SEND, fd, POLLOUT, MAY_WAIT(flags), RT_FRAME);
    return RT_IO_ALL(int, io, count, true,
                     RT_CALL(sendmmsg, io.fd, messages + done, (unsigned)(count - done), flags));
}

static ssize_t sendfile_step(struct rt_thread *self, int out_fd, int in_fd, off_t *at, size_t size,
                             void *frame)
{
    bool cancel_disabled = self->cancel_disabled;
    self->cancel_disabled = true; /* it is no cancellation point */
    struct rt_io io = rt_io_begin(self, RT_OP_SEND, out_fd, POLLOUT, true, frame);
    ssize_t sent = RT_IO_ALL(ssize_t, io, size, true,
                             RT_CALL_AT(frame, sendfile, io.fd, in_fd, at, size - done));
    self->cancel_disabled = cancel_disabled;
    return sent;
}

ssize_t sendfile(int out_fd, int in_fd, off_t *at, size_t size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? sendfile_step(self, out_fd, in_fd, at, size, RT_FRAME)
                        : RT_CALL(sendfile, out_fd, in_fd, at, size);
}

ssize_t sendfile64(int out_fd, int in_fd, off64_t *at, size_t size)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? sendfile_step(self, out_fd, in_fd, at, size, RT_FRAME)
                        : RT_CALL(sendfile64, out_fd, in_fd, at, size);
}
