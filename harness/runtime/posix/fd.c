/* SPDX-License-Identifier: MIT
 *
 * fd.c -- descriptors: who waits for which, and what wakes them.
 *
 * The kernel's objects are the truth.  A call that would block parks its thread; each call of
 * another thread that may have changed something (write, close, connect ...) looks by poll whether
 * what somebody waits for is ready now.
 *
 * Linux lets a call that has begun keep the open file when another thread closes the descriptor:
 * the call goes on waiting, and the number may be used again.  So when a descriptor is closed that
 * a parked thread waits for, the runtime keeps a copy for that thread (a private number), by which
 * the call is finished.  No copy is made as long as nobody closes anything.
 */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>

#include "../real.h"
#include "../sys.h"
#include "signalfd.h"
#include "timerfd.h"

#define FDS_MAX 65536
#define KEPT_MAX 128u
#define KEPT_FD_MIN 800 /* out of the program's way */
#define WAIT_COPY_MAX 1024u
/* With a virtual deadline ahead the outside gets at most so long; what is on its way through the
 * kernel's network, at most so long before a hang is called. */
#define OUTSIDE_PATIENCE_NS UINT64_C(100000000)
#define NETWORK_PATIENCE_NS UINT64_C(20000000)

struct kept {
    const struct rt_thread *thread;
    int fd;   /* the program's number when it was closed */
    int held; /* ours */
};

static struct rt_fd fds_known[FDS_MAX] RT_LARGE;
static struct kept kept[KEPT_MAX] RT_LARGE;
static uint32_t kept_count;
static bool shared;           /* a child process was made */
static const char any_change; /* what those wait for whom poll cannot tell when to go on */

struct rt_fd *rt_fd_info(int fd)
{
    return fd >= 0 && fd < FDS_MAX ? &fds_known[fd] : NULL;
}

void rt_fd_made(int fd, enum rt_fd_kind kind)
{
    struct rt_fd *info = rt_fd_info(fd);
    if (info != NULL && rt.on) {
        *info = (struct rt_fd){ .kind = (uint8_t)kind };
    }
}

void rt_fd_copied(int fd, int copy)
{
    const struct rt_fd *info = rt_fd_info(fd);
    struct rt_fd *target = rt_fd_info(copy);
    if (target != NULL && rt.on) {
        *target = info != NULL ? *info : (struct rt_fd){ 0 };
    }
}

int rt_fd_reaching(enum rt_fd_kind kind, uint16_t number, int hint)
{
    const struct rt_fd *info = rt_fd_info(hint);
    if (info != NULL && info->kind == kind && info->number == number) {
        return hint;
    }
    for (int fd = 0; (info = rt_fd_info(fd)) != NULL; fd++) {
        if (info->kind == kind && info->number == number) {
            return fd;
        }
    }
    return -1;
}

bool rt_fd_private(int fd)
{
    for (uint32_t at = 0; at < kept_count; at++) {
        if (kept[at].held == fd) {
            return true;
        }
    }
    return false;
}

uint32_t rt_fd_private_next(uint32_t from)
{
    uint32_t next = UINT32_MAX;
    for (uint32_t at = 0; at < kept_count; at++) {
        uint32_t fd = (uint32_t)kept[at].held;
        next = fd >= from && fd < next ? fd : next;
    }
    return next;
}

bool rt_fd_shared(void)
{
    return shared;
}

void rt_fd_forked(void)
{
    shared = true;
}

void rt_fd_in_child(void)
{
    for (uint32_t at = 0; at < kept_count; at++) {
        (void)RT_SYS1(SYS_close, kept[at].held);
    }
    kept_count = 0;
}

/* ---- what is kept for calls whose descriptor was closed ---- */

int rt_fd_held(const struct rt_thread *self, int fd)
{
    for (uint32_t at = 0; at < kept_count; at++) {
        if (kept[at].thread == self && kept[at].fd == fd) {
            return kept[at].held;
        }
    }
    return fd;
}

bool rt_fd_keeps(const struct rt_thread *self)
{
    bool keeps = false;
    for (uint32_t at = 0; at < kept_count; at++) {
        keeps = keeps || kept[at].thread == self;
    }
    return keeps;
}

static bool waits_for(const struct rt_thread *thread, int fd)
{
    for (uint32_t at = 0; thread->wait_fds != NULL && at < thread->wait_fds_count; at++) {
        if (thread->wait_fds[at].fd == fd) {
            return true;
        }
    }
    return false;
}

void rt_fd_closing(int fd)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        const struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (!waits_for(thread, fd) || rt_fd_held(thread, fd) != fd) {
            continue;
        }
        long held = RT_SYS3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, KEPT_FD_MIN);
        if (held < 0) {
            held = RT_SYS3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
        }
        if (held == -EBADF) {
            return;
        }
        if (held < 0 || kept_count == KEPT_MAX) {
            rt_stop(RT_STOP_UNSUPPORTED, thread,
                    "too many descriptors were closed while calls on them wait", "", "");
        }
        rt_fd_copied(fd, (int)held);
        kept[kept_count++] = (struct kept){ thread, fd, (int)held };
    }
}

void rt_fd_closing_all(unsigned first, unsigned last)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        const struct rt_thread *thread = &rt.threads[rt.live[at]];
        for (uint32_t one = 0; thread->wait_fds != NULL && one < thread->wait_fds_count; one++) {
            int fd = thread->wait_fds[one].fd;
            if (fd >= 0 && (unsigned)fd >= first && (unsigned)fd <= last && !rt_fd_private(fd)) {
                rt_fd_closing(fd);
            }
        }
    }
}

void rt_fd_closed(int fd)
{
    struct rt_fd *info = rt_fd_info(fd);
    if (info != NULL) {
        struct rt_fd was = *info;
        *info = (struct rt_fd){ 0 };
        if (was.kind == RT_FD_TIMER) {
            rt_timerfd_closed(was.number);
        } else if (was.kind == RT_FD_SIGNAL) {
            rt_signalfd_closed(was.number);
        }
    }
}

void rt_fd_release(struct rt_thread *self)
{
    uint32_t left = 0;
    bool some = false;
    for (uint32_t at = 0; at < kept_count; at++) {
        if (kept[at].thread == self) {
            (void)RT_SYS1(SYS_close, kept[at].held);
            rt_fd_closed(kept[at].held);
            some = true;
        } else {
            kept[left++] = kept[at];
        }
    }
    kept_count = left;
    if (some) {
        rt_fd_changed();
    }
}

/* ---- waiting and waking ---- */

int rt_fd_poll_now(struct pollfd *fds, uint32_t count)
{
    static const struct timespec zero;
    return (int)RT_SYS5(SYS_ppoll, fds, count, &zero, NULL, 0);
}

/* Is one of those that thread waits for ready? */
static bool wait_ready(const struct rt_thread *thread)
{
    static struct pollfd copies[WAIT_COPY_MAX] RT_LARGE;
    if (!rt_fd_keeps(thread) || thread->wait_fds_count > WAIT_COPY_MAX) {
        return rt_fd_poll_now(thread->wait_fds, thread->wait_fds_count) != 0;
    }
    for (uint32_t at = 0; at < thread->wait_fds_count; at++) {
        copies[at] = thread->wait_fds[at];
        copies[at].fd = rt_fd_held(thread, copies[at].fd);
    }
    return rt_fd_poll_now(copies, thread->wait_fds_count) != 0;
}

void rt_fd_changed(void)
{
    rt_wake_all(&any_change);
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED && thread->wait_fds != NULL && wait_ready(thread)) {
            rt_wake_thread(thread, RT_WOKEN);
        }
    }
}

bool rt_fd_wait_over(const struct rt_thread *self)
{
    /* poll and select look up the numbers again, epoll keeps its open file. */
    return self->op == RT_OP_EPOLL ? wait_ready(self)
                                   : rt_fd_poll_now(self->wait_fds, self->wait_fds_count) != 0;
}

void rt_fd_shut(void)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED && thread->wait_fds != NULL &&
            (thread->op == RT_OP_SEND || thread->op == RT_OP_WRITE)) {
            rt_wake_thread(thread, RT_WOKEN);
        }
    }
}

enum rt_wake rt_fd_wait(struct rt_thread *self, struct pollfd *fds, uint32_t count,
                        uint64_t deadline_ns, bool any, uint32_t flags)
{
    flags |= RT_WAIT_CANCELLABLE | RT_WAIT_INTERRUPTIBLE;
    self->wait_fds = fds;
    self->wait_fds_count = count;
    enum rt_wake wake = rt_wait(self, any ? &any_change : NULL, deadline_ns, flags);
    self->wait_fds = NULL;
    if (wake == RT_CANCELLED) {
        rt_fd_release(self);
        rt_cancel_point(self);
    }
    return wake;
}

/* ---- nobody can go on ---- */

/* The descriptors that parked threads wait for.  *out_outside: one leads outside; *out_network: one
 * goes through the kernel's network, which may deliver a little later.  *out_any: somebody waits
 * for any change. */
static uint32_t waits_gather(struct pollfd *all, uint32_t room, bool *out_outside,
                             bool *out_network, bool *out_any)
{
    uint32_t count = 0;
    *out_outside = *out_network = *out_any = false;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        const struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state != RT_THREAD_BLOCKED || thread->wait_fds == NULL) {
            continue;
        }
        for (uint32_t one = 0; one < thread->wait_fds_count && count < room; one++) {
            struct pollfd poller = thread->wait_fds[one];
            poller.fd = rt_fd_held(thread, poller.fd);
            const struct rt_fd *info = rt_fd_info(poller.fd);
            *out_outside = *out_outside || rt_fd_leads_outside(poller.fd);
            *out_network = *out_network || (info != NULL && info->kind != RT_FD_PLAIN);
            if (thread->wait_object == &any_change) {
                *out_any = true; /* poll would say ready at once */
            } else {
                all[count++] = poller;
            }
        }
    }
    return count;
}

bool rt_fd_outside_poll(uint64_t patience_ns)
{
    static struct pollfd all[RT_THREADS_MAX] RT_LARGE;
    struct timespec patience = { 0, 0 };
    bool outside;
    bool network;
    bool any;
    uint32_t count = waits_gather(all, RT_THREADS_MAX, &outside, &network, &any);
    if (count == 0 && !any) {
        return false;
    }
    /* What was changed by calls that are not intercepted, as with inotify. */
    if (count > 0 && rt_fd_poll_now(all, count) > 0) {
        rt.control->outside = rt.control->outside || outside;
        rt_fd_changed();
        return true;
    }
    bool last_look = patience_ns == RT_NO_DEADLINE;
    if (!outside && !(network && last_look)) {
        return false;
    }
    if (!outside || any || !last_look) {
        uint64_t bound_ns = outside && !any ? OUTSIDE_PATIENCE_NS : NETWORK_PATIENCE_NS;
        patience_ns = patience_ns < bound_ns ? patience_ns : bound_ns;
    }
    patience.tv_sec = (time_t)(patience_ns / 1000000000);
    patience.tv_nsec = (long)(patience_ns % 1000000000);
    long ready =
        RT_SYS5(SYS_ppoll, all, count, patience_ns == RT_NO_DEADLINE ? NULL : &patience, NULL, 0);
    if (ready == 0 && !(outside && any && last_look)) {
        return false;
    }
    rt.control->outside = 1;
    rt_fd_changed();
    return true;
}
