/* SPDX-License-Identifier: MIT
 *
 * calls_fd.c -- calls that wait on one descriptor: row->fd; row->peer is the other end, or a copy
 * by which the object is still reached when fd is closed.
 */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#include "calls.h"

#define LARGE (256 * 1024)

static char block[LARGE]; /* zeros to send, and room for what nobody looks at */

void keep(struct row *row, int fd)
{
    MUST(fd >= 0 && row->extra_count < (int)(sizeof row->extra / sizeof row->extra[0]));
    row->extra[row->extra_count++] = fd;
}

void fd_finish(struct row *row)
{
    if (row->fd >= 0) {
        OK(close(row->fd));
    }
    if (row->peer >= 0) {
        OK(close(row->peer));
    }
    for (int at = 0; at < row->extra_count; at++) {
        OK(close(row->extra[at]));
    }
    if ((row->call->traits & MAKES_FD) != 0 && row->result >= 0) {
        OK(close((int)row->result));
    }
}

static void nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);
    OK(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

void fill(int fd)
{
    nonblocking(fd, true);
    while (write(fd, block, 4096) > 0) {
    }
    while (write(fd, block, 1) > 0) {
    }
    nonblocking(fd, false);
}

/* ---- pipes ---- */

void write_byte(struct row *row)
{
    int saved_errno = errno;
    if (row->peer >= 0 && write(row->peer, "x", 1) != 1) {
        (void)snprintf(row->got, sizeof row->got, "not written: %d", errno);
    }
    errno = saved_errno;
}

static void pipe_in_prepare(struct row *row)
{
    int fds[2];
    OK(pipe(fds));
    row->fd = fds[0];
    row->peer = fds[1];
}
const struct family family_pipe_in = { pipe_in_prepare, NULL, NULL, write_byte, fd_finish };

static void pipe_empty_prepare(struct row *row)
{
    int fds[2];
    OK(pipe(fds));
    MUST(fcntl(fds[1], F_SETPIPE_SZ, 4096) >= 4096);
    row->fd = fds[1];
    row->peer = fds[0];
}
static void pipe_out_prepare(struct row *row)
{
    pipe_empty_prepare(row);
    fill(row->fd);
}
static void drain_some(struct row *row)
{
    MUST(read(row->peer, block, sizeof block) > 0);
}
/* Until the large write has come to its end. */
void drain_all(struct row *row)
{
    size_t done = 0;
    while (done < LARGE && row->phase != BACK) {
        ssize_t size = read(row->peer, block, sizeof block);
        MUST(size > 0);
        done += (size_t)size;
    }
}
const struct family family_pipe_empty = { pipe_empty_prepare, NULL, NULL, drain_all, fd_finish };
const struct family family_pipe_out = { pipe_out_prepare, NULL, NULL, drain_some, fd_finish };

static long got_byte(struct row *row, long result, char byte)
{
    if (result > 0) {
        (void)snprintf(row->got, sizeof row->got, "'%c'", byte);
    }
    return result;
}

long perform_read(struct row *row)
{
    char byte = '-';
    ssize_t result = read(row->fd, &byte, 1);
    return got_byte(row, result, byte);
}
long perform_readv(struct row *row)
{
    char bytes[2] = { '-', '-' };
    const struct iovec parts[] = { { &bytes[0], 1 }, { &bytes[1], 1 } };
    ssize_t result = readv(row->fd, parts, 2);
    return got_byte(row, result, bytes[0]);
}
long perform_write(struct row *row)
{
    return write(row->fd, "y", 1);
}
long perform_writev(struct row *row)
{
    const struct iovec parts[] = { { block, 1 }, { block, 2 } };
    return writev(row->fd, parts, 2);
}
long perform_write_large(struct row *row)
{
    return write(row->fd, block, LARGE);
}

/* ---- eventfd, timerfd, signalfd ---- */

static void event_in_prepare(struct row *row)
{
    row->fd = eventfd(0, 0);
    row->peer = dup(row->fd);
    MUST(row->fd >= 0 && row->peer >= 0);
}
static void event_add(struct row *row)
{
    uint64_t value = 3;
    MUST(write(row->peer, &value, sizeof value) == sizeof value);
}
const struct family family_event_in = { event_in_prepare, NULL, NULL, event_add, fd_finish };

static void event_out_prepare(struct row *row)
{
    uint64_t most = UINT64_MAX - 1;
    event_in_prepare(row);
    MUST(write(row->fd, &most, sizeof most) == sizeof most);
}
static void event_take(struct row *row)
{
    uint64_t value;
    MUST(read(row->peer, &value, sizeof value) == sizeof value);
}
const struct family family_event_out = { event_out_prepare, NULL, NULL, event_take, fd_finish };

static long got_number(struct row *row, long result, uint64_t number)
{
    if (result >= 0) {
        (void)snprintf(row->got, sizeof row->got, "%llu", (unsigned long long)number);
    }
    return result;
}

long perform_read_eventfd(struct row *row)
{
    uint64_t value = 0;
    ssize_t result = read(row->fd, &value, sizeof value);
    return got_number(row, result, value);
}
long perform_eventfd_read(struct row *row)
{
    eventfd_t value = 0;
    int result = eventfd_read(row->fd, &value);
    return got_number(row, result, value);
}
long perform_eventfd_write(struct row *row)
{
    return eventfd_write(row->fd, 1);
}

static void timer_arm(int fd, time_t sec, long nsec)
{
    const struct itimerspec setting = { { 0, 0 }, { sec, nsec } };
    OK(timerfd_settime(fd, 0, &setting, NULL));
}
static void timer_in_prepare(struct row *row)
{
    row->fd = timerfd_create(CLOCK_MONOTONIC, 0);
    row->peer = dup(row->fd);
    MUST(row->fd >= 0 && row->peer >= 0);
    timer_arm(row->fd, LONG_MS / 1000, 0);
}
static void timer_now(struct row *row)
{
    timer_arm(row->peer, 0, 1);
}
const struct family family_timer_in = { timer_in_prepare, NULL, NULL, timer_now, fd_finish };

long perform_read_timerfd(struct row *row)
{
    return perform_read_eventfd(row);
}

static void signal_in_prepare(struct row *row)
{
    row->fd = signalfd(-1, &row->accepts, 0);
    row->peer = -1;
    MUST(row->fd >= 0);
}
static void signal_wake(struct row *row)
{
    OK(pthread_kill(row->subject, SIGWAKE));
}
const struct family family_signal_in = { signal_in_prepare, NULL, NULL, signal_wake, fd_finish };

static long got_signal(struct row *row, long result, const struct signalfd_siginfo *info)
{
    if (result > 0) {
        int signo = (int)info->ssi_signo;
        (void)snprintf(row->got, sizeof row->got,
                       "signal %+d code %d value %d pid %s uid %s rest %u %u %u %u",
                       signo >= SIGRTMIN ? signo - SIGRTMIN : -signo, info->ssi_code, info->ssi_int,
                       info->ssi_pid == (uint32_t)getpid() ? "own" : "other",
                       info->ssi_uid == getuid() ? "own" : "other", (unsigned)info->ssi_fd,
                       info->ssi_tid, info->ssi_overrun, (unsigned)info->ssi_status);
    }
    return result;
}
long perform_read_signalfd(struct row *row)
{
    struct signalfd_siginfo info;
    ssize_t result = read(row->fd, &info, sizeof info);
    return got_signal(row, result, &info);
}
long perform_readv_signalfd(struct row *row)
{
    struct signalfd_siginfo info;
    const struct iovec parts[] = { { &info, 12 }, { (char *)&info + 12, sizeof info - 12 } };
    ssize_t result = readv(row->fd, parts, 2);
    return got_signal(row, result, &info);
}

/* ---- sockets ---- */

static void socket_in_prepare(struct row *row)
{
    int fds[2];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    row->fd = fds[0];
    row->peer = fds[1];
}
const struct family family_socket_in = { socket_in_prepare, NULL, NULL, write_byte, fd_finish };

static void socket_empty_prepare(struct row *row)
{
    int size = 4096;
    socket_in_prepare(row);
    OK(setsockopt(row->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
}
static void socket_out_prepare(struct row *row)
{
    socket_empty_prepare(row);
    fill(row->fd);
    keep(row, memfd_create("file", MFD_CLOEXEC)); /* for sendfile */
    MUST(write(row->extra[0], "y", 1) == 1);
}
static void drain_socket(struct row *row)
{
    while (recv(row->peer, block, sizeof block, MSG_DONTWAIT) > 0) {
    }
}
const struct family family_socket_empty = { socket_empty_prepare, NULL, NULL, drain_all,
                                            fd_finish };
const struct family family_socket_out = { socket_out_prepare, NULL, NULL, drain_socket, fd_finish };

static void dgram_in_prepare(struct row *row)
{
    int fds[2];
    OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    row->fd = fds[0];
    row->peer = fds[1];
}
static void dgram_out_prepare(struct row *row)
{
    dgram_in_prepare(row);
    nonblocking(row->fd, true);
    while (write(row->fd, "z", 1) > 0) {
    }
    nonblocking(row->fd, false);
}
const struct family family_dgram_in = { dgram_in_prepare, NULL, NULL, write_byte, fd_finish };
const struct family family_dgram_out = { dgram_out_prepare, NULL, NULL, drain_socket, fd_finish };

static void socket_timeout(struct row *row, int option)
{
    const struct timeval timeout = { row->timeout.tv_sec, row->timeout.tv_nsec / 1000 };
    OK(setsockopt(row->fd, SOL_SOCKET, option, &timeout, sizeof timeout));
}

long perform_recv(struct row *row)
{
    char byte = '-';
    ssize_t result = recv(row->fd, &byte, 1, 0);
    return got_byte(row, result, byte);
}
long perform_recv_timeout(struct row *row)
{
    socket_timeout(row, SO_RCVTIMEO);
    return perform_recv(row);
}
long perform_recv_waitall(struct row *row)
{
    char bytes[2] = { '-', '-' };
    MUST(write(row->peer, "a", 1) == 1);
    ssize_t result = recv(row->fd, bytes, 2, MSG_WAITALL);
    return got_byte(row, result, bytes[0]);
}
long perform_recvfrom(struct row *row)
{
    char byte = '-';
    struct sockaddr_un from;
    socklen_t from_size = sizeof from;
    ssize_t result = recvfrom(row->fd, &byte, 1, 0, (struct sockaddr *)&from, &from_size);
    return got_byte(row, result, byte);
}
long perform_recvmsg(struct row *row)
{
    char byte = '-';
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    ssize_t result = recvmsg(row->fd, &message, 0);
    return got_byte(row, result, byte);
}
long perform_recvmmsg(struct row *row)
{
    char byte = '-';
    struct iovec part = { &byte, 1 };
    struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };
    int result = recvmmsg(row->fd, &message, 1, 0, NULL);
    return got_byte(row, result, byte);
}
long perform_read_socket(struct row *row)
{
    return perform_read(row);
}
long perform_send(struct row *row)
{
    return send(row->fd, "y", 1, 0);
}
long perform_send_timeout(struct row *row)
{
    socket_timeout(row, SO_SNDTIMEO);
    return send(row->fd, "y", 1, 0);
}
long perform_send_large(struct row *row)
{
    ssize_t result = send(row->fd, block, LARGE, 0);
    return result > 0 && result < LARGE ? 1 : result; /* how much fits in is the kernel's */
}
long perform_sendto(struct row *row)
{
    return sendto(row->fd, "y", 1, MSG_NOSIGNAL, NULL, 0);
}
long perform_sendmsg(struct row *row)
{
    struct iovec part = { block, 1 };
    const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    return sendmsg(row->fd, &message, 0);
}
long perform_sendmmsg(struct row *row)
{
    struct iovec part = { block, 1 };
    struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };
    return sendmmsg(row->fd, &message, 1, 0);
}
long perform_recv_dgram(struct row *row)
{
    return perform_recv(row);
}
long perform_send_dgram(struct row *row)
{
    return perform_send(row);
}
long perform_sendfile(struct row *row)
{
    off_t at = 0;
    return sendfile(row->fd, row->extra[0], &at, 1);
}
long perform_write_socket(struct row *row)
{
    return perform_write(row);
}
