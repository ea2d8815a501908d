/* SPDX-License-Identifier: MIT
 *
 * signalfd.c -- signalfds that show the virtual signals.
 *
 * Behind each is a real eventfd that is readable while a signal of the mask is pending: polling,
 * copying and closing it are then the kernel's.  The kernel asks whether the one who polls could
 * take the signal; here it is enough that somebody could.  To a forked child it is an eventfd.
 */
#include "signalfd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>

#include "../real.h"
#include "../signals.h"
#include "../sys.h"
#include "fd.h"

#define SIGNALFDS_MAX 64

struct signalfd {
    bool used;
    bool readable;
    uint64_t mask;
    int fd; /* one of the numbers by which it is reached */
};

static struct signalfd signalfds[SIGNALFDS_MAX] RT_LARGE; /* place 0 stays empty */
static uint16_t signalfds_bound;                          /* all that were ever made are below */
static uint64_t pending_now;

static struct signalfd *signalfd_find(int fd)
{
    const struct rt_fd *info = rt_fd_info(fd);
    return info != NULL && info->kind == RT_FD_SIGNAL ? &signalfds[info->number] : NULL;
}

bool rt_signalfd_is(int fd)
{
    return signalfd_find(fd) != NULL;
}

/* True: it became readable. */
static bool show(uint16_t number)
{
    struct signalfd *it = &signalfds[number];
    uint64_t one = 1;
    bool readable = (pending_now & it->mask) != 0;
    if (!it->used || readable == it->readable) {
        return false;
    }
    it->readable = readable;
    it->fd = rt_fd_reaching(RT_FD_SIGNAL, number, it->fd);
    if (readable) {
        (void)RT_SYS3(SYS_write, it->fd, &one, sizeof one);
    } else {
        (void)RT_SYS3(SYS_read, it->fd, &one, sizeof one);
    }
    return readable;
}

void rt_signalfd_refresh(uint64_t pending)
{
    bool some = false;
    pending_now = pending;
    for (uint16_t number = 1; number < signalfds_bound; number++) {
        some = show(number) || some;
    }
    if (some) {
        rt_fd_changed();
    }
}

void rt_signalfd_sent(uint64_t bit)
{
    for (uint16_t number = 1; number < signalfds_bound; number++) {
        if (signalfds[number].used && (signalfds[number].mask & bit) != 0) {
            rt_fd_changed();
            return;
        }
    }
}

void rt_signalfd_closed(uint16_t number)
{
    if (rt_fd_reaching(RT_FD_SIGNAL, number, signalfds[number].fd) < 0) {
        signalfds[number].used = false;
    }
}

/* As the kernel: what is told beside the number depends on where the signal comes from. */
static void describe(const siginfo_t *info, struct signalfd_siginfo *out)
{
    bool sent = info->si_code <= 0; /* by somebody, and not by the kernel */
    memset(out, 0, sizeof *out);
    out->ssi_signo = (uint32_t)info->si_signo;
    out->ssi_errno = info->si_errno;
    out->ssi_code = info->si_code;
    if (info->si_code == SI_TIMER) {
        out->ssi_tid = (uint32_t)info->si_timerid;
        out->ssi_overrun = (uint32_t)info->si_overrun;
    } else if (info->si_code == SI_SIGIO || (!sent && info->si_signo == SIGIO)) {
        out->ssi_band = (uint32_t)info->si_band;
        out->ssi_fd = info->si_fd;
        return;
    } else {
        out->ssi_pid = (uint32_t)info->si_pid;
        out->ssi_uid = info->si_uid;
    }
    if (!sent && info->si_signo == SIGCHLD) {
        out->ssi_status = info->si_status;
        out->ssi_utime = (uint64_t)info->si_utime;
        out->ssi_stime = (uint64_t)info->si_stime;
    } else if (sent && info->si_code != SI_USER && info->si_code != SI_TKILL) {
        out->ssi_int = info->si_value.sival_int;
        out->ssi_ptr = (uint64_t)(uintptr_t)info->si_value.sival_ptr;
    }
}

/* Copies to where `done` bytes have gone before. */
static void scatter(const struct iovec *data, size_t done, const void *from, size_t size)
{
    const char *next = from;
    for (; size > 0; data++) {
        if (done >= data->iov_len) {
            done -= data->iov_len;
            continue;
        }
        size_t part = data->iov_len - done < size ? data->iov_len - done : size;
        memcpy((char *)data->iov_base + done, next, part);
        next += part;
        size -= part;
        done = 0;
    }
}

ssize_t rt_signalfd_read(struct rt_thread *self, int fd, const struct iovec *data, int count)
{
    struct signalfd_siginfo described;
    size_t room = 0;
    size_t done = 0;
    struct rt_signal_entry entry;
    uint64_t mask = signalfd_find(fd)->mask;
    for (int at = 0; at < count; at++) {
        room += data[at].iov_len;
    }
    if (room < sizeof described) {
        errno = EINVAL;
        return -1;
    }
    while (room - done >= sizeof described && rt_signal_take(self, mask, true, &entry)) {
        rt_signal_fate(&entry, RT_SIGNAL_ACCEPTED, self);
        describe(&entry.info, &described);
        scatter(data, done, &described, sizeof described);
        done += sizeof described;
    }
    if (done == 0) {
        errno = EAGAIN;
        return -1;
    }
    return (ssize_t)done;
}

static int signalfd_new(struct rt_thread *self, uint64_t mask, int flags)
{
    uint16_t number = 1;
    while (number < SIGNALFDS_MAX && signalfds[number].used) {
        number++;
    }
    if (number == SIGNALFDS_MAX) {
        rt_stop(RT_STOP_UNSUPPORTED, self, "more than 63 signalfds", "", "");
    }
    int fd = RT_CALL(eventfd, 0,
                     ((flags & SFD_NONBLOCK) != 0 ? EFD_NONBLOCK : 0) |
                         ((flags & SFD_CLOEXEC) != 0 ? EFD_CLOEXEC : 0));
    if (fd < 0) {
        return -1;
    }
    rt_fd_made(fd, RT_FD_SIGNAL);
    struct rt_fd *info = rt_fd_info(fd);
    if (info == NULL) {
        rt_stop(RT_STOP_UNSUPPORTED, self, "a signalfd with a number beyond 65535", "", "");
    }
    info->number = number;
    signalfds[number] = (struct signalfd){ .used = true, .mask = mask, .fd = fd };
    signalfds_bound = signalfds_bound <= number ? (uint16_t)(number + 1) : signalfds_bound;
    (void)show(number);
    return fd;
}

/* fd is the kernel's own signalfd, inherited: this number becomes one of ours. */
static int signalfd_replace(struct rt_thread *self, uint64_t mask, int fd)
{
    long status = RT_SYS3(SYS_fcntl, fd, F_GETFL, 0);
    long descriptor = RT_SYS3(SYS_fcntl, fd, F_GETFD, 0);
    int ours = signalfd_new(self, mask, (status & O_NONBLOCK) != 0 ? SFD_NONBLOCK : 0);
    if (ours < 0) {
        return -1;
    }
    rt_signals.expected |= mask;
    (void)RT_SYS3(SYS_dup3, ours, fd, (descriptor & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0);
    rt_fd_copied(ours, fd);
    (void)RT_SYS1(SYS_close, ours);
    rt_fd_closed(ours);
    return fd;
}

int signalfd(int fd, const sigset_t *set, int flags)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(signalfd, fd, set, flags);
    }
    rt_step(self, RT_OP_SIGNALFD, NULL, RT_FRAME);
    uint64_t mask = rt_signals_from(set) & ~(RT_SIGNALS_REAL | RT_SIGNALS_UNBLOCKABLE);
    struct signalfd *it = fd >= 0 && !rt_fd_private(fd) ? signalfd_find(fd) : NULL;
    if (it == NULL) {
        /* The kernel's own says what is wrong with the arguments, if anything is. */
        int probe = RT_CALL(signalfd, rt_fd_private(fd) ? INT32_MAX : fd, set, flags);
        if (probe < 0) {
            return -1;
        }
        if (probe == fd) {
            return signalfd_replace(self, mask, fd);
        }
        (void)RT_SYS1(SYS_close, probe);
    }
    if ((flags & ~(SFD_NONBLOCK | SFD_CLOEXEC)) != 0) {
        errno = EINVAL;
        return -1;
    }
    rt_signals.expected |= mask;
    if (it == NULL) {
        return signalfd_new(self, mask, flags);
    }
    it->mask = mask;
    if (show((uint16_t)(it - signalfds))) {
        rt_fd_changed();
    }
    return fd;
}
