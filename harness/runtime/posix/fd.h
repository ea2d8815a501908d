/* SPDX-License-Identifier: MIT
 *
 * fd.h -- the intercepted calls on descriptors that may block (fd_io.c, fd_poll.c), and what all
 * files about descriptors share (fd.c).
 */
#ifndef RT_POSIX_FD_H
#define RT_POSIX_FD_H

/* The __*_chk names are what a program calls that was compiled with _FORTIFY_SOURCE. */
#define RT_FD_CALLS(X)                                                                             \
    X(read)                                                                                        \
    X(__read)                                                                                      \
    X(__read_chk)                                                                                  \
    X(write)                                                                                       \
    X(__write)                                                                                     \
    X(readv)                                                                                       \
    X(writev)                                                                                      \
    X(pread)                                                                                       \
    X(pread64)                                                                                     \
    X(__pread_chk)                                                                                 \
    X(__pread64_chk)                                                                               \
    X(pwrite)                                                                                      \
    X(pwrite64)                                                                                    \
    X(preadv)                                                                                      \
    X(preadv64)                                                                                    \
    X(pwritev)                                                                                     \
    X(pwritev64)                                                                                   \
    X(eventfd_read)                                                                                \
    X(eventfd_write)                                                                               \
    X(poll)                                                                                        \
    X(__poll)                                                                                      \
    X(__poll_chk)                                                                                  \
    X(ppoll)                                                                                       \
    X(__ppoll_chk)                                                                                 \
    X(select)                                                                                      \
    X(__select)                                                                                    \
    X(pselect)                                                                                     \
    X(epoll_wait)                                                                                  \
    X(epoll_pwait)                                                                                 \
    X(epoll_pwait2)                                                                                \
    X(epoll_ctl)

#ifndef RT_EXPORTS_ONLY
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../core.h"

/* Exported by libc, declared by no header. */
ssize_t __read(int fd, void *data, size_t size);
ssize_t __read_chk(int fd, void *data, size_t size, size_t room);
ssize_t __write(int fd, const void *data, size_t size);
ssize_t __pread_chk(int fd, void *data, size_t size, off_t at, size_t room);
ssize_t __pread64_chk(int fd, void *data, size_t size, off_t at, size_t room);
int __poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask, size_t room);
int __select(int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict excepts,
             struct timeval *restrict timeout);

/* What is known of a descriptor besides what the kernel can be asked. */
enum rt_fd_kind {
    RT_FD_UNKNOWN, /* not made by this execution, or in a way that is not seen */
    RT_FD_PLAIN,
    RT_FD_SOCKET,
    RT_FD_FIFO, /* opened by a path */
    RT_FD_EPOLL,
    RT_FD_TIMER,
    RT_FD_SIGNAL,
};
struct rt_fd {
    uint8_t kind;
    uint16_t number; /* RT_FD_TIMER, RT_FD_SIGNAL: which */
};

/* NULL: beyond what is kept. */
struct rt_fd *rt_fd_info(int fd);
void rt_fd_made(int fd, enum rt_fd_kind kind);
void rt_fd_copied(int fd, int copy);
/* fd is about to be closed: whoever is in the middle of a call on it keeps the open file. */
void rt_fd_closing(int fd);
void rt_fd_closing_all(unsigned first, unsigned last);
void rt_fd_closed(int fd);
/* Something may have become ready: who waits for that may go on. */
void rt_fd_changed(void);
/* Waits until one of fds is ready, or the deadline has passed; or, with `any`, until anything about
 * descriptors has changed; or until a signal interrupts the call: flags are RT_WAIT_RESTARTS and
 * the like.  A cancellation point. */
enum rt_wake rt_fd_wait(struct rt_thread *self, struct pollfd *fds, uint32_t count,
                        uint64_t deadline_ns, bool any, uint32_t flags);
/* Somebody has shut down a socket: whoever waits to send looks again, poll would not tell. */
void rt_fd_shut(void);
/* The descriptor by which self still reaches the open file that was fd when it began to wait. */
int rt_fd_held(const struct rt_thread *self, int fd);
/* One of its descriptors was closed while it waits. */
bool rt_fd_keeps(const struct rt_thread *self);
/* The call is over: nothing is kept for self any more. */
void rt_fd_release(struct rt_thread *self);
/* poll without waiting. */
int rt_fd_poll_now(struct pollfd *fds, uint32_t count);
/* A number by which a timerfd or signalfd is reached, `hint` if it still is one; -1: all were
 * closed. */
int rt_fd_reaching(enum rt_fd_kind kind, uint16_t number, int hint);
/* Is this ours, and to be hidden from the program? */
bool rt_fd_private(int fd);
/* The lowest of ours from `from` on; UINT32_MAX: none. */
uint32_t rt_fd_private_next(uint32_t from);
/* Has a child process been made that may hold the other end of anything? */
bool rt_fd_shared(void);
/* rt_outside_poll, as far as descriptors go. */
bool rt_fd_outside_poll(uint64_t patience_ns);

/* ---- outside.c ---- */
bool rt_fd_leads_outside(int fd);

/* ---- a call on one descriptor, as a loop of tries ----
 *
 *     struct rt_io io = rt_io_begin(self, op, fd, events, may_wait, frame);
 *     do {
 *         rt_io_try(&io);
 *         result = the real call on io.fd;
 *     } while (rt_io_again(&io, result));
 *     rt_io_end(&io, result);
 */
struct rt_io {
    struct rt_thread *self;
    enum rt_op op;
    int fd;             /* to be used by the call: changes when the program closes its own */
    int program_fd;     /* what the program gave */
    short events;       /* what must be ready */
    bool may_wait;      /* the call waits if it must */
    bool flipped;       /* O_NONBLOCK is set for the time of the try */
    bool again;         /* the try said EAGAIN although poll says ready */
    bool interrupted;   /* it is to fail with EINTR */
    bool waited;        /* has waited since it began, or began anew */
    bool partial;       /* has moved something already: from here on any signal ends it */
    bool broken;        /* the last try said EPIPE */
    int flags;          /* of the open file; -1: bad descriptor */
    int error_before;   /* errno, which a call that succeeds does not change */
    int timeout_option; /* SO_RCVTIMEO or SO_SNDTIMEO; 0: neither */
    uint64_t deadline_ns;
    void *frame;
};
struct rt_io rt_io_begin(struct rt_thread *self, enum rt_op op, int fd, short events, bool may_wait,
                         void *frame);
void rt_io_try(struct rt_io *io);
bool rt_io_again(struct rt_io *io, ssize_t result);
void rt_io_end(struct rt_io *io, ssize_t result);
/* The try said EAGAIN, but a call that waits would see that its Unix socket was shut down. */
bool rt_io_shut(const struct rt_io *io);
/* What a call says that is to receive something: then, the end of the file. */
ssize_t rt_io_received(const struct rt_io *io, ssize_t result);
/* Parks until the descriptor is ready.  False: the deadline has passed, or it was interrupted. */
bool rt_io_wait(struct rt_io *io);
/* A call that is done when one try succeeds; `real` is the real function's name. */
#define RT_IO_CALL_AS(type, name, real, op, events, may_wait, descriptor, params, ...)             \
    type name params                                                                               \
    {                                                                                              \
        struct rt_thread *self = RT_ENTER();                                                       \
        if (self == NULL) {                                                                        \
            return RT_CALL(real, descriptor, __VA_ARGS__);                                         \
        }                                                                                          \
        struct rt_io io = rt_io_begin(self, RT_OP_##op, descriptor, events, may_wait, RT_FRAME);   \
        type result;                                                                               \
        do {                                                                                       \
            rt_io_try(&io);                                                                        \
            result = RT_CALL(real, io.fd, __VA_ARGS__);                                            \
        } while (rt_io_again(&io, result));                                                        \
        rt_io_end(&io, result);                                                                    \
        return result;                                                                             \
    }
#define RT_IO_CALL(type, name, ...) RT_IO_CALL_AS(type, name, name, __VA_ARGS__)

/* Repeats `call` (which sees `done`) until all has been moved, or with `whole` false until
 * something has.  As in Linux, a call that has moved something returns that rather than an
 * error. */
#define RT_IO_ALL(type, io, total, whole, call)                                                    \
    (__extension__({                                                                               \
        size_t done = 0;                                                                           \
        type result;                                                                               \
        for (;;) {                                                                                 \
            rt_io_try(&(io));                                                                      \
            bool flipped = (io).flipped;                                                           \
            result = (call);                                                                       \
            if (result > 0) {                                                                      \
                done += (size_t)result;                                                            \
                (io).partial = true;                                                               \
                if (!(whole) || !flipped || done >= (total)) {                                     \
                    break;                                                                         \
                }                                                                                  \
                rt_fd_changed();                                                                   \
                continue; /* the next try says whether it must wait */                             \
            }                                                                                      \
            if (!rt_io_again(&(io), result)) {                                                     \
                break;                                                                             \
            }                                                                                      \
        }                                                                                          \
        result = done > 0 ? (type)done : result;                                                   \
        rt_io_end(&(io), result);                                                                  \
        result;                                                                                    \
    }))

/* What is left of `from` behind the first `done` bytes.  Returns the total of from. */
size_t rt_iovec_rest(const struct iovec *from, size_t count, size_t done, struct iovec *rest,
                     size_t *rest_count);
/* write() for a stream, all of it; the step is taken here.  For stdio. */
ssize_t rt_io_write_all(struct rt_thread *self, int fd, const void *data, size_t size, void *frame);
#endif
#endif
