/* SPDX-License-Identifier: MIT
 *
 * wait.c -- blocking calls that a stop interrupts.
 *
 * Descriptors: poll the caller's together with those of the stop's chain.  Condition variables:
 * list the waiter with the service first, check the stop after that, then wait.  A request sets the
 * stop before it rings the service, so either the check sees it, or the service finds the waiter
 * listed.
 */
#include "curfew/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "service.h"
#include "stop.h"

/* Room on the stack for this many descriptors of the caller's. */
#define POLL_INLINE_MAX 32

static void unlist(void *waiter)
{
    curfew__service_remove_waiter(waiter);
}

/* The bare wait, with the caller's condition variable whatever its clock is. */
static int cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    if (deadline_ns == CURFEW_NO_DEADLINE) {
        return pthread_cond_wait(cond, mutex);
    }
    struct timespec until = curfew__timespec(deadline_ns);
    return pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, &until);
}

int curfew_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, struct curfew_stop *stop,
                     uint64_t deadline_ns)
{
    CURFEW_ASSERT(cond != NULL);
    CURFEW_ASSERT(mutex != NULL);
    CURFEW_ASSERT(stop != NULL);
    if (curfew_stop_is_requested(stop)) {
        return -ECANCELED;
    }
    int status = curfew__service_watch(stop);
    if (status != 0) {
        return status;
    }
    struct curfew__waiter waiter = { .cond = cond, .stop = stop };
    uint64_t until_ns = curfew__earlier(deadline_ns, curfew__stop_deadline(stop));
    curfew__service_add_waiter(&waiter);
    pthread_cleanup_push(unlist, &waiter); /* The wait is a cancellation point. */
    if (!curfew_stop_is_requested(stop)) {
        status = cond_wait_until(cond, mutex, until_ns);
    }
    pthread_cleanup_pop(1);

    if (curfew_stop_is_requested(stop)) {
        /* A wake-up that comes together with the stop may have been meant for somebody else. */
        if (status == 0) {
            (void)pthread_cond_signal(cond); /* Cannot fail on a valid condition variable. */
        }
        return -ECANCELED;
    }
    return -status;
}

static int count_ready(const struct pollfd *fds, nfds_t count)
{
    int ready = 0;
    for (nfds_t index = 0; index < count; index++) {
        ready += fds[index].revents != 0;
    }
    return ready;
}

int curfew_poll(struct pollfd *fds, nfds_t count, struct curfew_stop *stop, uint64_t deadline_ns)
{
    CURFEW_ASSERT(fds != NULL || count == 0);
    CURFEW_ASSERT(stop != NULL);
    struct pollfd room[CURFEW_STOP_DEPTH_MAX + POLL_INLINE_MAX];
    struct pollfd *all = room;
    if (curfew_stop_is_requested(stop)) {
        return -ECANCELED; /* Even where no descriptor can be had. */
    }
    int depth = curfew__stop_pollfds(stop, room);
    if (depth < 0) {
        return depth;
    }
    if (count > POLL_INLINE_MAX) {
        all = calloc(count + (nfds_t)depth, sizeof(*all));
        if (all == NULL) {
            return -ENOMEM;
        }
        memcpy(all, room, (size_t)depth * sizeof(*all));
    }
    int status;
    for (;;) {
        for (nfds_t index = 0; index < count; index++) {
            all[(nfds_t)depth + index] = fds[index];
        }
        struct timespec left;
        int ready = ppoll(all, count + (nfds_t)depth, curfew__remaining(deadline_ns, &left), NULL);
        status = ready < 0 ? -errno : count_ready(all + depth, count);
        if (curfew_stop_is_requested(stop)) {
            status = -ECANCELED;
        } else if (status == 0 && curfew__passed_sigsafe(deadline_ns)) {
            status = -ETIMEDOUT;
        }
        if (status != 0 && status != -EINTR) {
            break;
        }
    }
    if (status > 0) {
        memcpy(fds, all + depth, count * sizeof(*fds));
    }
    if (all != room) {
        free(all);
    }
    return status;
}

/* Waits until one descriptor is ready: 0, or the error of curfew_poll. */
static int poll_one(int fd, short events, struct curfew_stop *stop, uint64_t deadline_ns)
{
    struct pollfd one = { .fd = fd, .events = events };
    int ready = curfew_poll(&one, 1, stop, deadline_ns);
    return ready < 0 ? ready : 0;
}

/* True when the call should be made again: it was interrupted, or another thread was faster. */
static bool try_again(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* A read that cannot block after POLLIN, at least on a socket, even if another thread took the
 * data. */
static ssize_t read_some(int fd, void *data, size_t size_bytes)
{
    ssize_t result = recv(fd, data, size_bytes, MSG_DONTWAIT);
    return result < 0 && errno == ENOTSOCK ? read(fd, data, size_bytes) : result;
}

/* A write that cannot block after POLLOUT, whether the descriptor is O_NONBLOCK or not. */
static ssize_t write_some(int fd, const void *data, size_t size_bytes)
{
    ssize_t result = send(fd, data, size_bytes, MSG_DONTWAIT);
    if (result < 0 && errno == ENOTSOCK) { /* A pipe that polls writable has room for PIPE_BUF. */
        bool blocks = (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
        result = write(fd, data, blocks && size_bytes > PIPE_BUF ? PIPE_BUF : size_bytes);
    }
    return result;
}

ssize_t curfew_read(int fd, void *data, size_t size_bytes, struct curfew_stop *stop,
                    uint64_t deadline_ns)
{
    ssize_t result;
    do {
        int status = poll_one(fd, POLLIN, stop, deadline_ns);
        if (status != 0) {
            return status;
        }
        result = read_some(fd, data, size_bytes);
    } while (try_again(result));
    return result < 0 ? -errno : result;
}

ssize_t curfew_write(int fd, const void *data, size_t size_bytes, struct curfew_stop *stop,
                     uint64_t deadline_ns)
{
    ssize_t result;
    do {
        int status = poll_one(fd, POLLOUT, stop, deadline_ns);
        if (status != 0) {
            return status;
        }
        result = write_some(fd, data, size_bytes);
    } while (try_again(result));
    return result < 0 ? -errno : result;
}

int curfew_accept(int fd, struct sockaddr *address, socklen_t *address_bytes, int flags,
                  struct curfew_stop *stop, uint64_t deadline_ns)
{
    int result;
    do {
        int status = poll_one(fd, POLLIN, stop, deadline_ns);
        if (status != 0) {
            return status;
        }
        result = accept4(fd, address, address_bytes, flags);
    } while (try_again(result));
    return result < 0 ? -errno : result;
}
