/* SPDX-License-Identifier: MIT
 *
 * fd_open.c -- descriptors are made, copied and closed: remembered, so that it is known what leads
 * outside, and what somebody waits for is kept when it is closed (fd.c).
 *
 * Opening a FIFO waits for its other end.  It is opened without waiting, and who opens the other
 * end through these calls is counted.
 */
#include "fd_open.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "../real.h"
#include "../sys.h"
#include "fd.h"
#include "timerfd.h"

#define FIFOS_MAX 64

struct fifo {
    dev_t device;
    ino_t inode;
    uint32_t reads; /* how often it was opened for reading by this program */
    uint32_t writes;
};

static struct fifo fifos[FIFOS_MAX] RT_LARGE;
static uint32_t fifos_count;

/* ---- FIFOs ---- */

/* NULL: not a FIFO, or too many. */
static struct fifo *fifo_of(const struct stat *status)
{
    for (uint32_t at = 0; at < fifos_count; at++) {
        if (fifos[at].device == status->st_dev && fifos[at].inode == status->st_ino) {
            return &fifos[at];
        }
    }
    if (fifos_count == FIFOS_MAX) {
        return NULL;
    }
    fifos[fifos_count] = (struct fifo){ .device = status->st_dev, .inode = status->st_ino };
    return &fifos[fifos_count++];
}

static bool fifo_stat(int directory, const char *path, struct stat *out_status)
{
    return RT_SYS4(SYS_newfstatat, directory, path, out_status, 0) == 0 &&
           S_ISFIFO(out_status->st_mode);
}

bool rt_fifo_inside(int fd)
{
    struct stat status;
    if (RT_SYS2(SYS_fstat, fd, &status) != 0) {
        return false;
    }
    const struct fifo *fifo = fifo_of(&status);
    return fifo != NULL && fifo->reads > 0 && fifo->writes > 0;
}

/* The end is open, without waiting; as reader it now waits for a writer.  False: interrupted. */
static bool fifo_await_writer(struct rt_thread *self, int fd, const struct fifo *fifo,
                              uint32_t writes, void *frame)
{
    struct pollfd poller = { fd, POLLIN, 0 };
    enum rt_wake wake = RT_WOKEN;
    while (wake != RT_INTERRUPTED && fifo->writes == writes && rt_fd_poll_now(&poller, 1) == 0) {
        wake = rt_fd_wait(self, &poller, 1, RT_NO_DEADLINE, true, RT_WAIT_RESTARTS);
        rt_step_resumed(self, RT_OP_OPEN, NULL, frame);
    }
    rt_fd_release(self);
    return wake != RT_INTERRUPTED;
}

static int fifo_open(struct rt_thread *self, int directory, const char *path, int flags,
                     struct fifo *fifo, void *frame)
{
    int access = flags & O_ACCMODE;
    bool waits = (flags & O_NONBLOCK) == 0 && access != O_RDWR;
    int fd;
    int error_before = errno;
    uint32_t writes = fifo->writes;
    for (;;) {
        fd = RT_CALL_AT(frame, openat, directory, path, flags | (waits ? O_NONBLOCK : 0));
        if (fd >= 0 || errno != ENXIO || !waits || access != O_WRONLY) {
            break;
        }
        struct pollfd nobody = { -1, 0, 0 };
        enum rt_wake wake = rt_fd_wait(self, &nobody, 1, RT_NO_DEADLINE, true, RT_WAIT_RESTARTS);
        rt_step_resumed(self, RT_OP_OPEN, NULL, frame);
        if (wake == RT_INTERRUPTED) {
            errno = EINTR;
            return -1;
        }
    }
    if (fd < 0) {
        return fd;
    }
    errno = error_before;
    rt_fd_made(fd, RT_FD_FIFO);
    fifo->reads += access != O_WRONLY;
    fifo->writes += access != O_RDONLY;
    rt_fd_changed();
    if (waits) {
        if (access == O_RDONLY && !fifo_await_writer(self, fd, fifo, writes, frame)) {
            (void)RT_SYS1(SYS_close, fd);
            rt_fd_closed(fd);
            fifo->reads--;
            errno = EINTR;
            return -1;
        }
        (void)RT_SYS3(SYS_fcntl, fd, F_SETFL, flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY));
    }
    return fd;
}

static int open_step(int directory, const char *path, int flags, mode_t mode, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    struct stat status;
    if (self == NULL) {
        return RT_CALL_AT(frame, openat, directory, path, flags, mode);
    }
    rt_step(self, RT_OP_OPEN, NULL, frame);
    rt_cancel_point(self);
    struct fifo *fifo = NULL;
    if ((flags & O_PATH) == 0 && fifo_stat(directory, path, &status)) {
        fifo = fifo_of(&status);
    }
    int fd = fifo != NULL ? fifo_open(self, directory, path, flags, fifo, frame)
                          : RT_CALL_AT(frame, openat, directory, path, flags, mode);
    int saved_errno = errno;
    if (fd >= 0 && fifo == NULL && RT_SYS2(SYS_fstat, fd, &status) == 0) {
        /* Terminals and other devices have somebody else at the other end. */
        rt_fd_made(fd, S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? RT_FD_PLAIN
                                                                          : RT_FD_UNKNOWN);
        rt_fd_changed(); /* an inotify may see it */
    }
    errno = saved_errno;
    return fd;
}

#define OPEN_MODE(flags, last)                                                                     \
    (__extension__({                                                                               \
        mode_t mode = 0;                                                                           \
        if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) {                          \
            va_list rest;                                                                          \
            va_start(rest, last);                                                                  \
            mode = va_arg(rest, mode_t);                                                           \
            va_end(rest);                                                                          \
        }                                                                                          \
        mode;                                                                                      \
    }))

int open(const char *path, int flags, ...)
{
    return open_step(AT_FDCWD, path, flags, OPEN_MODE(flags, flags), RT_FRAME);
}

int open64(const char *path, int flags, ...)
{
    return open_step(AT_FDCWD, path, flags, OPEN_MODE(flags, flags), RT_FRAME);
}

int __open(const char *path, int flags, ...)
{
    return open_step(AT_FDCWD, path, flags, OPEN_MODE(flags, flags), RT_FRAME);
}

int __open64(const char *path, int flags, ...)
{
    return open_step(AT_FDCWD, path, flags, OPEN_MODE(flags, flags), RT_FRAME);
}

int __open_2(const char *path, int flags)
{
    return open_step(AT_FDCWD, path, flags, 0, RT_FRAME);
}

int __open64_2(const char *path, int flags)
{
    return open_step(AT_FDCWD, path, flags, 0, RT_FRAME);
}

int openat(int directory, const char *path, int flags, ...)
{
    return open_step(directory, path, flags, OPEN_MODE(flags, flags), RT_FRAME);
}

int openat64(int directory, const char *path, int flags, ...)
{
    return open_step(directory, path, flags, OPEN_MODE(flags, flags), RT_FRAME);
}

int __openat_2(int directory, const char *path, int flags)
{
    return open_step(directory, path, flags, 0, RT_FRAME);
}

int __openat64_2(int directory, const char *path, int flags)
{
    return open_step(directory, path, flags, 0, RT_FRAME);
}

int creat(const char *path, mode_t mode)
{
    return open_step(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, RT_FRAME);
}

int creat64(const char *path, mode_t mode)
{
    return open_step(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, RT_FRAME);
}

/* ---- made otherwise: only remembered ---- */

static int pair_made(int result, const int fds[2], enum rt_fd_kind kind)
{
    if (result == 0) {
        rt_fd_made(fds[0], kind);
        rt_fd_made(fds[1], kind);
    }
    return result;
}

int pipe(int fds[2])
{
    return pair_made(RT_CALL(pipe, fds), fds, RT_FD_PLAIN);
}

int __pipe(int fds[2])
{
    return pair_made(RT_CALL(pipe, fds), fds, RT_FD_PLAIN);
}

int pipe2(int fds[2], int flags)
{
    return pair_made(RT_CALL(pipe2, fds, flags), fds, RT_FD_PLAIN);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
    return pair_made(RT_CALL(socketpair, domain, type, protocol, fds), fds, RT_FD_PLAIN);
}

#define MAKE(name, kind, params, ...)                                                              \
    int name params                                                                                \
    {                                                                                              \
        int fd = RT_CALL(name, __VA_ARGS__);                                                       \
        rt_fd_made(fd, kind);                                                                      \
        return fd;                                                                                 \
    }

MAKE(eventfd, RT_FD_PLAIN, (unsigned value, int flags), value, flags)
MAKE(inotify_init1, RT_FD_PLAIN, (int flags), flags)
MAKE(epoll_create, RT_FD_EPOLL, (int size), size)
MAKE(epoll_create1, RT_FD_EPOLL, (int flags), flags)
MAKE(memfd_create, RT_FD_PLAIN, (const char *name, unsigned flags), name, flags)

int inotify_init(void)
{
    int fd = RT_REAL(inotify_init)();
    rt_fd_made(fd, RT_FD_PLAIN);
    return fd;
}

/* ---- copied ---- */

/* The step of a call that changes the table of descriptors. */
static struct rt_thread *table_step(enum rt_op op, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, op, NULL, frame);
    }
    return self;
}

static int copy_made(struct rt_thread *self, int fd, int copy)
{
    int saved_errno = errno;
    if (self != NULL && copy >= 0) {
        rt_fd_copied(fd, copy);
        rt_fd_changed();
    }
    errno = saved_errno;
    return copy;
}

int dup(int fd)
{
    struct rt_thread *self = table_step(RT_OP_DUP, RT_FRAME);
    return copy_made(self, fd, RT_CALL(dup, self != NULL && rt_fd_private(fd) ? -1 : fd));
}

/* The copy closes what had its number. */
static int dup_over(int fd, int copy, int flags, bool plain, void *frame)
{
    struct rt_thread *self = table_step(RT_OP_DUP, frame);
    if (self != NULL && rt_fd_private(copy)) {
        rt_stop(RT_STOP_UNSUPPORTED, self, "a descriptor is copied over one of the runtime's", "",
                "");
    }
    bool over = self != NULL && fd != copy && RT_SYS3(SYS_fcntl, fd, F_GETFD, 0) >= 0;
    if (over) {
        rt_fd_closing(copy);
    }
    int result =
        plain ? RT_CALL_AT(frame, dup2, fd, copy) : RT_CALL_AT(frame, dup3, fd, copy, flags);
    if (over && result >= 0) {
        rt_fd_closed(copy);
        return copy_made(self, fd, result);
    }
    return result;
}

int dup2(int fd, int copy)
{
    return dup_over(fd, copy, 0, true, RT_FRAME);
}

int __dup2(int fd, int copy)
{
    return dup_over(fd, copy, 0, true, RT_FRAME);
}

int dup3(int fd, int copy, int flags)
{
    return dup_over(fd, copy, flags, false, RT_FRAME);
}

static int fcntl_step(int fd, int command, long argument, void *frame)
{
    struct rt_thread *self = table_step(RT_OP_FCNTL, frame);
    if (self != NULL && rt_fd_private(fd)) {
        fd = -1;
    }
    int result = RT_CALL_AT(frame, fcntl, fd, command, argument);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) {
        return copy_made(self, fd, result);
    }
    return result;
}

#define FCNTL(name)                                                                                \
    int name(int fd, int command, ...)                                                             \
    {                                                                                              \
        va_list rest;                                                                              \
        va_start(rest, command);                                                                   \
        long argument = va_arg(rest, long);                                                        \
        va_end(rest);                                                                              \
        return fcntl_step(fd, command, argument, RT_FRAME);                                        \
    }
FCNTL(fcntl)
FCNTL(fcntl64)
FCNTL(__fcntl)

/* ---- closed ---- */

static int close_step(struct rt_thread *self, int fd, void *frame)
{
    rt_step(self, RT_OP_CLOSE, NULL, frame);
    rt_cancel_point(self);
    if (rt_fd_private(fd)) {
        errno = EBADF;
        return -1;
    }
    rt_fd_closing(fd);
    int result = RT_CALL_AT(frame, close, fd);
    int saved_errno = errno;
    rt_fd_closed(fd);
    rt_fd_changed();
    rt_progress(self, result == 0);
    rt_result(result == 0 ? 0 : -1 - saved_errno);
    errno = saved_errno;
    return result;
}

int close(int fd)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? close_step(self, fd, RT_FRAME) : RT_CALL(close, fd);
}

int __close(int fd)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? close_step(self, fd, RT_FRAME) : RT_CALL(close, fd);
}

/* From first to last, but not the runtime's own. */
static int close_all(struct rt_thread *self, unsigned first, unsigned last, int flags, void *frame)
{
    rt_step(self, RT_OP_CLOSE, NULL, frame);
    if (flags != 0 || first > last) {
        return RT_CALL_AT(frame, close_range, first, last, flags);
    }
    rt_fd_closing_all(first, last);
    int result = 0;
    for (unsigned from = first; result == 0;) {
        unsigned ours = rt_fd_private_next(from);
        if (from < ours) {
            result = RT_CALL_AT(frame, close_range, from, ours <= last ? ours - 1 : last, 0);
        }
        if (ours >= last) {
            break;
        }
        from = ours + 1;
    }
    int saved_errno = errno;
    for (unsigned fd = first; fd <= last && rt_fd_info((int)fd) != NULL; fd++) {
        if (!rt_fd_private((int)fd)) {
            rt_fd_closed((int)fd);
        }
    }
    rt_fd_changed();
    errno = saved_errno;
    return result;
}

int close_range(unsigned first, unsigned last, int flags)
{
    struct rt_thread *self = RT_ENTER();
    return self != NULL ? close_all(self, first, last, flags, RT_FRAME)
                        : RT_CALL(close_range, first, last, flags);
}

void closefrom(int first)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        RT_REAL(closefrom)(first);
        return;
    }
    (void)close_all(self, first > 0 ? (unsigned)first : 0, ~0u, 0, RT_FRAME);
}
