/* SPDX-License-Identifier: MIT
 *
 * fd.h -- the intercepted calls about descriptors that may block.
 */
#ifndef RT_POSIX_FD_H
#define RT_POSIX_FD_H

#define RT_FD_CALLS(X)                                                                             \
    X(read)                                                                                        \
    X(write)                                                                                       \
    X(readv)                                                                                       \
    X(writev)                                                                                      \
    X(recv)                                                                                        \
    X(recvfrom)                                                                                    \
    X(recvmsg)                                                                                     \
    X(send)                                                                                        \
    X(sendto)                                                                                      \
    X(sendmsg)                                                                                     \
    X(accept)                                                                                      \
    X(accept4)                                                                                     \
    X(poll)                                                                                        \
    X(ppoll)                                                                                       \
    X(select)                                                                                      \
    X(pselect)                                                                                     \
    X(epoll_wait)                                                                                  \
    X(epoll_pwait)                                                                                 \
    X(connect)                                                                                     \
    X(close)                                                                                       \
    X(shutdown)                                                                                    \
    X(pipe)                                                                                        \
    X(pipe2)                                                                                       \
    X(eventfd)                                                                                     \
    X(eventfd_read)                                                                                \
    X(eventfd_write)                                                                               \
    X(socketpair)                                                                                  \
    X(epoll_create)                                                                                \
    X(epoll_create1)

#ifndef RT_EXPORTS_ONLY
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#endif
#endif
