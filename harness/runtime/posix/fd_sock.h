/* SPDX-License-Identifier: MIT
 *
 * fd_sock.h -- the intercepted calls on sockets.
 */
#ifndef RT_POSIX_FD_SOCK_H
#define RT_POSIX_FD_SOCK_H

#define RT_SOCKET_CALLS(X)                                                                         \
    X(socket)                                                                                      \
    X(bind)                                                                                        \
    X(listen)                                                                                      \
    X(setsockopt)                                                                                  \
    X(accept)                                                                                      \
    X(accept4)                                                                                     \
    X(connect)                                                                                     \
    X(__connect)                                                                                   \
    X(shutdown)                                                                                    \
    X(recv)                                                                                        \
    X(__recv_chk)                                                                                  \
    X(recvfrom)                                                                                    \
    X(__recvfrom_chk)                                                                              \
    X(recvmsg)                                                                                     \
    X(recvmmsg)                                                                                    \
    X(send)                                                                                        \
    X(__send)                                                                                      \
    X(sendto)                                                                                      \
    X(sendmsg)                                                                                     \
    X(sendmmsg)                                                                                    \
    X(sendfile)                                                                                    \
    X(sendfile64)

#ifndef RT_EXPORTS_ONLY
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

/* Exported by libc, declared by no header. */
ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *restrict data, size_t size, size_t room, int flags,
                       struct sockaddr *restrict address, socklen_t *restrict address_size);
ssize_t __send(int fd, const void *data, size_t size, int flags);
int __connect(int fd, const struct sockaddr *address, socklen_t address_size);
#endif
#endif
