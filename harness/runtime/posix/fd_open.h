/* SPDX-License-Identifier: MIT
 *
 * fd_open.h -- the intercepted calls that make, copy and close descriptors.
 */
#ifndef RT_POSIX_FD_OPEN_H
#define RT_POSIX_FD_OPEN_H

#define RT_FD_OPEN_CALLS(X)                                                                        \
    X(open)                                                                                        \
    X(open64)                                                                                      \
    X(__open)                                                                                      \
    X(__open64)                                                                                    \
    X(__open_2)                                                                                    \
    X(__open64_2)                                                                                  \
    X(openat)                                                                                      \
    X(openat64)                                                                                    \
    X(__openat_2)                                                                                  \
    X(__openat64_2)                                                                                \
    X(creat)                                                                                       \
    X(creat64)                                                                                     \
    X(pipe)                                                                                        \
    X(__pipe)                                                                                      \
    X(pipe2)                                                                                       \
    X(socketpair)                                                                                  \
    X(eventfd)                                                                                     \
    X(inotify_init)                                                                                \
    X(inotify_init1)                                                                               \
    X(epoll_create)                                                                                \
    X(epoll_create1)                                                                               \
    X(memfd_create)                                                                                \
    X(dup)                                                                                         \
    X(dup2)                                                                                        \
    X(__dup2)                                                                                      \
    X(dup3)                                                                                        \
    X(fcntl)                                                                                       \
    X(fcntl64)                                                                                     \
    X(__fcntl)                                                                                     \
    X(close)                                                                                       \
    X(__close)                                                                                     \
    X(close_range)                                                                                 \
    X(closefrom)

#ifndef RT_EXPORTS_ONLY
#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Exported by libc, declared by no header. */
int __open(const char *path, int flags, ...);
int __open64(const char *path, int flags, ...);
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);
int __pipe(int fds[2]);
int __dup2(int fd, int copy);
int __fcntl(int fd, int command, ...);
int __close(int fd);

/* A FIFO of which this program has opened both ends. */
bool rt_fifo_inside(int fd);
#endif
#endif
