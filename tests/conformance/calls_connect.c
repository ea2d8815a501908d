/* SPDX-License-Identifier: MIT
 *
 * calls_connect.c -- calls that wait for somebody at the other end: connections, TCP, FIFOs.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include "calls.h"

/* ---- Unix sockets ---- */

static int listener_new(struct row *row, int backlog)
{
    const struct sockaddr_un unnamed = { .sun_family = AF_UNIX }; /* the kernel finds a name */
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    MUST(fd >= 0);
    OK(bind(fd, (const struct sockaddr *)&unnamed, sizeof unnamed.sun_family));
    OK(listen(fd, backlog));
    row->address_size = sizeof row->address;
    OK(getsockname(fd, (struct sockaddr *)&row->address, &row->address_size));
    return fd;
}
static int client_connect(const struct row *row, int fd)
{
    return connect(fd, (const struct sockaddr *)&row->address, row->address_size);
}
static int client_new(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    MUST(fd >= 0);
    return fd;
}

static void listening_prepare(struct row *row)
{
    row->fd = listener_new(row, 4);
    row->peer = -1;
}
static void listening_wake(struct row *row)
{
    keep(row, client_new());
    if (client_connect(row, row->extra[row->extra_count - 1]) != 0) {
        (void)snprintf(row->got, sizeof row->got, "refused %d", errno);
    }
}
const struct family family_listening = { listening_prepare, NULL, NULL, listening_wake, fd_finish };

/* The listener's queue is full. */
static void connecting_prepare(struct row *row)
{
    row->peer = listener_new(row, 0);
    keep(row, client_new());
    while (client_connect(row, row->extra[row->extra_count - 1]) == 0) {
        keep(row, client_new());
    }
    MUST(errno == EAGAIN);
    row->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    MUST(row->fd >= 0);
}
static void connecting_wake(struct row *row)
{
    keep(row, accept(row->peer, NULL, NULL));
}
const struct family family_connecting = { connecting_prepare, NULL, NULL, connecting_wake,
                                          fd_finish };

long perform_accept(struct row *row)
{
    return accept(row->fd, NULL, NULL);
}
long perform_accept4(struct row *row)
{
    return accept4(row->fd, NULL, NULL, SOCK_CLOEXEC);
}
long perform_connect(struct row *row)
{
    return client_connect(row, row->fd);
}

/* ---- TCP ---- */

static int tcp_listener(struct sockaddr_in *out_address)
{
    socklen_t size = sizeof *out_address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *out_address =
        (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    MUST(fd >= 0);
    OK(bind(fd, (const struct sockaddr *)out_address, size));
    OK(listen(fd, 4));
    OK(getsockname(fd, (struct sockaddr *)out_address, &size));
    return fd;
}
static int tcp_client(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    MUST(fd >= 0);
    return connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? fd : -1 - fd;
}

static void tcp_in_prepare(struct row *row)
{
    struct sockaddr_in address;
    int listener = tcp_listener(&address);
    row->fd = tcp_client(&address);
    row->peer = accept(listener, NULL, NULL);
    MUST(row->fd >= 0 && row->peer >= 0);
    OK(close(listener));
}
const struct family family_tcp_in = { tcp_in_prepare, NULL, NULL, write_byte, fd_finish };

static void tcp_listening_prepare(struct row *row)
{
    struct sockaddr_in *address = (struct sockaddr_in *)&row->address;
    row->fd = tcp_listener(address);
    row->peer = -1;
}
static void tcp_listening_wake(struct row *row)
{
    int fd = tcp_client((const struct sockaddr_in *)&row->address);
    keep(row, fd >= 0 ? fd : -1 - fd);
    if (fd < 0) {
        (void)snprintf(row->got, sizeof row->got, "refused");
    }
}
const struct family family_tcp_listening = { tcp_listening_prepare, NULL, NULL, tcp_listening_wake,
                                             fd_finish };

long perform_recv_tcp(struct row *row)
{
    return perform_recv(row);
}
long perform_accept_tcp(struct row *row)
{
    return perform_accept(row);
}

/* ---- FIFOs ---- */

static void fifo_path(char *path, size_t room)
{
    (void)snprintf(path, room, "conformance-%d", getpid());
}
static int fifo_open(int flags)
{
    char path[32];
    fifo_path(path, sizeof path);
    return open(path, flags | O_CLOEXEC);
}
static void fifo_prepare(struct row *row)
{
    char path[32];
    fifo_path(path, sizeof path);
    OK(mkfifo(path, 0600));
    row->fd = row->peer = -1;
}
static void fifo_wake_reader(struct row *row)
{
    keep(row, fifo_open(O_WRONLY | O_NONBLOCK));
}
static void fifo_wake_writer(struct row *row)
{
    keep(row, fifo_open(O_RDONLY | O_NONBLOCK));
}
static void fifo_finish(struct row *row)
{
    char path[32];
    fifo_path(path, sizeof path);
    OK(unlink(path));
    fd_finish(row);
}
const struct family family_fifo_read = { fifo_prepare, NULL, NULL, fifo_wake_reader, fifo_finish };
const struct family family_fifo_write = { fifo_prepare, NULL, NULL, fifo_wake_writer, fifo_finish };

long perform_open_fifo_read(struct row *row)
{
    (void)row;
    return fifo_open(O_RDONLY);
}
long perform_open_fifo_write(struct row *row)
{
    (void)row;
    return fifo_open(O_WRONLY);
}
