/* SPDX-License-Identifier: MIT
 *
 * outside.c -- does a descriptor lead outside the program?  Asked only when nobody can go on, so it
 * may take its time: the kernel is asked who is at the other end.
 *
 * Not outside are a socket that listens and one that is bound but not connected, although somebody
 * might come: a program that waits for ever for its own threads would else never be a hang.
 */
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../core.h"
#include "../sys.h"
#include "fd.h"
#include "fd_open.h"

#define SOCKETS_MAX 4096 /* numbers that are searched for the other end */
#define NESTED_MAX 4     /* epoll in epoll */

static bool children_live(void)
{
    siginfo_t info;
    const int which = WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL;
    return rt_fd_shared() && RT_SYS5(SYS_waitid, P_ALL, 0, &info, which, NULL) == 0;
}

static int socket_option(int fd, int name)
{
    int value = 0;
    socklen_t size = sizeof value;
    return RT_SYS5(SYS_getsockopt, fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

static bool same_address(const struct sockaddr_storage *one, const struct sockaddr_storage *other)
{
    if (one->ss_family != other->ss_family) {
        return false;
    }
    if (one->ss_family == AF_INET) {
        const struct sockaddr_in *left = (const struct sockaddr_in *)one;
        const struct sockaddr_in *right = (const struct sockaddr_in *)other;
        return left->sin_port == right->sin_port;
    }
    const struct sockaddr_in6 *left = (const struct sockaddr_in6 *)one;
    const struct sockaddr_in6 *right = (const struct sockaddr_in6 *)other;
    return left->sin6_port == right->sin6_port;
}

/* Is the peer one of the program's own sockets?  By port: an address of this machine is not asked
 * for, a foreign server with the port of an own socket would be taken for it. */
static bool peer_inside(const struct sockaddr_storage *peer)
{
    for (int fd = 0; fd < SOCKETS_MAX; fd++) {
        struct sockaddr_storage name = { 0 };
        socklen_t size = sizeof name;
        if (rt_fd_info(fd)->kind == RT_FD_SOCKET &&
            RT_SYS3(SYS_getsockname, fd, &name, &size) == 0 && same_address(&name, peer)) {
            return true;
        }
    }
    return false;
}

static bool socket_outside(int fd)
{
    struct sockaddr_storage peer = { 0 };
    socklen_t size = sizeof peer;
    struct ucred cred = { 0 };
    socklen_t cred_size = sizeof cred;
    if (socket_option(fd, SO_ACCEPTCONN) == 1) {
        return false;
    }
    if (socket_option(fd, SO_DOMAIN) == AF_UNIX) {
        return RT_SYS5(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_size) == 0 &&
               cred.pid != 0 && cred.pid != rt.pid;
    }
    if (RT_SYS3(SYS_getpeername, fd, &peer, &size) != 0) {
        return socket_option(fd, SO_TYPE) == SOCK_STREAM; /* it connects: the network is at work */
    }
    return !peer_inside(&peer);
}

/* /proc/self/fdinfo/N of an epoll has a line "tfd: FD ..." for each descriptor in it. */
static bool epoll_outside(int fd, uint32_t nested)
{
    char text[4096];
    char path[32] = "/proc/self/fdinfo/";
    uint32_t length = 18;
    uint32_t digits = 1;
    for (int rest = fd; rest >= 10; rest /= 10) {
        digits++;
    }
    for (uint32_t at = digits; at > 0; at--, fd /= 10) {
        path[length + at - 1] = (char)('0' + fd % 10);
    }
    path[length + digits] = '\0';
    long file = RT_SYS4(SYS_openat, -100 /* AT_FDCWD */, path, 0, 0);
    if (file < 0) {
        return true;
    }
    long size = RT_SYS3(SYS_read, file, text, sizeof text);
    (void)RT_SYS1(SYS_close, file);
    for (long at = 0; at + 4 < size; at++) {
        if (text[at] != 't' || text[at + 1] != 'f' || text[at + 2] != 'd' || text[at + 3] != ':') {
            continue;
        }
        int watched = 0;
        for (at += 4; at < size && text[at] == ' '; at++) {
        }
        for (; at < size && text[at] >= '0' && text[at] <= '9'; at++) {
            watched = watched * 10 + (text[at] - '0');
        }
        const struct rt_fd *info = rt_fd_info(watched);
        bool is_epoll = info != NULL && info->kind == RT_FD_EPOLL;
        if (is_epoll ? nested < NESTED_MAX && epoll_outside(watched, nested + 1)
                     : rt_fd_leads_outside(watched)) {
            return true;
        }
    }
    return false;
}

bool rt_fd_leads_outside(int fd)
{
    const struct rt_fd *info = rt_fd_info(fd);
    if (fd < 0) {
        return false;
    }
    if (info == NULL || info->kind == RT_FD_UNKNOWN || children_live()) {
        return true;
    }
    switch (info->kind) {
    case RT_FD_SOCKET:
        return socket_outside(fd);
    case RT_FD_EPOLL:
        return epoll_outside(fd, 0);
    case RT_FD_FIFO:
        return !rt_fifo_inside(fd);
    default:
        return false;
    }
}
