/* SPDX-License-Identifier: MIT
 *
 * stop.c -- the stop event.
 *
 * State: `reason` goes from 0 to its value once, by compare-and-swap; it is the truth.  The
 * descriptor only wakes: an eventfd, or a timerfd when the stop has a deadline of its own (then the
 * kernel makes it readable at the deadline, and a request moves that moment to now).  It is never
 * read, so it stays readable.  Waiters poll their own descriptor and those of all ancestors, so a
 * request needs to touch one stop only, with no list to walk and no lock: that is what makes it
 * async-signal-safe.
 *
 * The descriptor is made lazily.  Maker: publish the descriptor, then read `reason`.  Requester:
 * set `reason`, then read the descriptor.  Both sequentially consistent, so at least one of the two
 * sees the other and makes the descriptor readable.
 *
 * A forked child shares the parent's open eventfd, so a published descriptor carries the pid of its
 * maker; any other process makes its own.
 */
#include "stop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "service.h"
#include "tsan.h"

static uint64_t pack(int fd)
{
    return (uint64_t)(uint32_t)getpid() << 32 | ((uint32_t)fd + 1u);
}

static int unpack(uint64_t packed)
{
    return (int)(uint32_t)packed - 1;
}

static bool is_mine_sigsafe(uint64_t packed)
{
    return packed != 0 && packed >> 32 == (uint32_t)getpid();
}

static void ring_sigsafe(const struct curfew_stop *stop, int fd)
{
    if (stop->deadline_ns == CURFEW_NO_DEADLINE) {
        uint64_t one = 1;
        ssize_t written = write(fd, &one, sizeof(one));
        CURFEW_ASSERT(written == sizeof(one));
    } else {
        struct itimerspec at_once = { .it_value = { .tv_nsec = 1 } };
        int status = timerfd_settime(fd, TFD_TIMER_ABSTIME, &at_once, NULL);
        CURFEW_ASSERT(status == 0);
    }
}

static int event_open(struct curfew_stop *stop)
{
    if (stop->deadline_ns == CURFEW_NO_DEADLINE) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return fd >= 0 ? fd : -errno;
    }
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0) {
        return -errno;
    }
    /* Time 0 would disarm the timer instead of firing it. */
    struct itimerspec when = { .it_value = curfew__timespec(stop->deadline_ns) };
    when.it_value.tv_nsec += stop->deadline_ns == 0;
    int status = timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
    CURFEW_ASSERT(status == 0);
    return fd;
}

/* An epoll descriptor over the stop and its ancestors: readable when one of them is. */
static int pollable_open(struct curfew_stop *stop)
{
    struct pollfd chain[CURFEW_STOP_DEPTH_MAX];
    int depth = curfew__stop_pollfds(stop, chain);
    if (depth < 0) {
        return depth;
    }
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    for (int index = 0; index < depth; index++) {
        struct epoll_event event = { .events = EPOLLIN };
        if (epoll_ctl(fd, EPOLL_CTL_ADD, chain[index].fd, &event) != 0) {
            int status = -errno;
            (void)close(fd); /* Nothing was written. */
            return status;
        }
    }
    return fd;
}

/* Returns this process's descriptor in *slot, published by the first who needs it. */
static int slot_get(struct curfew_stop *stop, uint64_t *slot, int (*open_fn)(struct curfew_stop *))
{
    for (;;) {
        uint64_t seen = __atomic_load_n(slot, __ATOMIC_SEQ_CST);
        if (is_mine_sigsafe(seen)) {
            curfew__tsan_acquire_sigsafe(slot);
            return unpack(seen);
        }
        int fd = open_fn(stop);
        if (fd < 0) {
            return fd;
        }
        curfew__tsan_release_sigsafe(slot);
        if (__atomic_compare_exchange_n(slot, &seen, pack(fd), false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            /* A forked child leaves its copy of the parent's descriptor alone: it may have closed
             * that number itself, and opened something else there. */
            return fd;
        }
        (void)close(fd); /* Another thread was first. */
    }
}

static int event_get(struct curfew_stop *stop)
{
    uint64_t seen = __atomic_load_n(&stop->event, __ATOMIC_SEQ_CST);
    if (is_mine_sigsafe(seen)) {
        curfew__tsan_acquire_sigsafe(&stop->event);
        return unpack(seen);
    }
    int fd = slot_get(stop, &stop->event, event_open);
    /* Recheck after publishing: a request before that could not see the descriptor. */
    if (fd >= 0 && __atomic_load_n(&stop->reason, __ATOMIC_SEQ_CST) != 0) {
        ring_sigsafe(stop, fd);
    }
    return fd;
}

static void slot_close(uint64_t *slot)
{
    uint64_t seen = __atomic_exchange_n(slot, 0, __ATOMIC_SEQ_CST);
    if (is_mine_sigsafe(seen)) {
        curfew__tsan_acquire_sigsafe(slot);
        (void)close(unpack(seen));
    }
}

/* The reason of this stop alone, its own deadline included. */
static int own_reason(const struct curfew_stop *stop)
{
    uint32_t reason = __atomic_load_n(&stop->reason, __ATOMIC_SEQ_CST);
    if (reason == 0 && curfew__passed_sigsafe(stop->deadline_ns)) {
        return CURFEW_REASON_DEADLINE;
    }
    if (reason != 0) {
        curfew__tsan_acquire_sigsafe(&stop->reason);
    }
    return (int)reason;
}

int curfew_stop_init(struct curfew_stop *stop, struct curfew_stop *parent, uint64_t deadline_ns)
{
    CURFEW_ASSERT(stop != NULL);
    unsigned depth = 1;
    for (const struct curfew_stop *above = parent; above != NULL; above = above->parent) {
        depth++;
    }
    if (depth > CURFEW_STOP_DEPTH_MAX) {
        return -ELOOP;
    }
    *stop = (struct curfew_stop)CURFEW_STOP_INIT;
    stop->parent = parent;
    stop->deadline_ns = deadline_ns;
    return 0;
}

void curfew_stop_fini(struct curfew_stop *stop)
{
    if (stop == NULL) {
        return;
    }
    slot_close(&stop->pollable);
    slot_close(&stop->event);
    if (stop->watched) {
        stop->watched = false;
        curfew__service_unref();
    }
}

bool curfew_stop_request(struct curfew_stop *stop, int reason)
{
    CURFEW_ASSERT(stop != NULL);
    CURFEW_ASSERT(reason > 0);
    int saved_errno = errno;
    /* The deadline may have come first without anybody noticing; then it is the reason. */
    bool expired = curfew__passed_sigsafe(stop->deadline_ns);
    uint32_t wanted = (uint32_t)(expired ? CURFEW_REASON_DEADLINE : reason);
    uint32_t unset = __atomic_load_n(&stop->reason, __ATOMIC_SEQ_CST);
    if (unset == 0) {
        curfew__tsan_release_sigsafe(&stop->reason);
    }
    bool first = unset == 0 && __atomic_compare_exchange_n(&stop->reason, &unset, wanted, false,
                                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    if (first) {
        uint64_t when_ns = expired ? stop->deadline_ns : curfew__now_sigsafe();
        __atomic_store_n(&stop->requested_ns, when_ns, __ATOMIC_RELAXED);
        uint64_t event = __atomic_load_n(&stop->event, __ATOMIC_SEQ_CST);
        if (is_mine_sigsafe(event) && !expired) {
            curfew__tsan_acquire_sigsafe(&stop->event);
            ring_sigsafe(stop, unpack(event));
        }
        curfew__service_ring_sigsafe();
    }
    errno = saved_errno;
    return first && !expired;
}

bool curfew_stop_is_requested(const struct curfew_stop *stop)
{
    return curfew_stop_reason(stop) != CURFEW_REASON_NONE;
}

int curfew_stop_reason(const struct curfew_stop *stop)
{
    CURFEW_ASSERT(stop != NULL);
    int reason = CURFEW_REASON_NONE;
    for (; stop != NULL && reason == CURFEW_REASON_NONE; stop = stop->parent) {
        reason = own_reason(stop);
    }
    return reason;
}

int curfew_stop_wait(struct curfew_stop *stop, uint64_t deadline_ns)
{
    CURFEW_ASSERT(stop != NULL);
    struct pollfd fds[CURFEW_STOP_DEPTH_MAX];
    int depth = 0;
    while (!curfew_stop_is_requested(stop)) {
        if (curfew__passed_sigsafe(deadline_ns)) {
            return -ETIMEDOUT;
        }
        if (depth == 0) {
            depth = curfew__stop_pollfds(stop, fds);
            if (depth < 0) {
                return depth;
            }
            continue; /* That took a while: look again before sleeping. */
        }
        struct timespec left;
        int ready = ppoll(fds, (nfds_t)depth, curfew__remaining(deadline_ns, &left), NULL);
        CURFEW_ASSERT(ready >= 0 || errno == EINTR || errno == ENOMEM);
    }
    return 0;
}

int curfew_stop_fd(struct curfew_stop *stop)
{
    CURFEW_ASSERT(stop != NULL);
    if (stop->parent == NULL) {
        return event_get(stop);
    }
    return slot_get(stop, &stop->pollable, pollable_open);
}

int curfew__stop_prepare(struct curfew_stop *stop)
{
    struct pollfd chain[CURFEW_STOP_DEPTH_MAX]; /* Its ancestors' too: a wait needs them all. */
    int depth = curfew__stop_pollfds(stop, chain);
    return depth < 0 ? depth : 0;
}

int curfew__stop_pollfds(struct curfew_stop *stop, struct pollfd fds[CURFEW_STOP_DEPTH_MAX])
{
    int depth = 0;
    for (; stop != NULL; stop = stop->parent) {
        int fd = event_get(stop);
        if (fd < 0) {
            return fd;
        }
        CURFEW_ASSERT(depth < CURFEW_STOP_DEPTH_MAX);
        fds[depth++] = (struct pollfd){ .fd = fd, .events = POLLIN };
    }
    return depth;
}

uint64_t curfew__stop_deadline(const struct curfew_stop *stop)
{
    uint64_t deadline_ns = CURFEW_NO_DEADLINE;
    for (; stop != NULL; stop = stop->parent) {
        deadline_ns = curfew__earlier(deadline_ns, stop->deadline_ns);
    }
    return deadline_ns;
}

uint64_t curfew__stop_requested_ns(const struct curfew_stop *stop)
{
    for (; stop != NULL; stop = stop->parent) {
        int reason = own_reason(stop);
        if (reason != CURFEW_REASON_NONE) {
            uint64_t when_ns = __atomic_load_n(&stop->requested_ns, __ATOMIC_RELAXED);
            if (when_ns == 0) { /* not noted yet, or nobody requested and the deadline passed */
                when_ns =
                    reason == CURFEW_REASON_DEADLINE ? stop->deadline_ns : curfew__now_sigsafe();
            }
            return when_ns;
        }
    }
    return 0;
}
