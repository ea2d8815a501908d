/* SPDX-License-Identifier: MIT
 *
 * service.c -- the service thread.
 *
 * One lock (rank SERVICE, the highest) guards the lists and the thread's life.  The thread sleeps
 * in ppoll on the bell, an eventfd that every request rings; it empties the bell before it looks at
 * the lists, so a request that comes while it looks wakes it again.
 *
 * Waking a waiter: broadcast its condition variable under the service's lock, without the waiter's
 * mutex.  A waiter between its last check and its sleep misses that, so the broadcast is repeated,
 * 1 ms later and then ever more seldom, until the waiter has left the list.  Taking the waiter's
 * mutex instead would save the repetition, but then one thread that keeps its mutex for long would
 * hold up the stop of everybody else, and a waiter could not leave while it holds the mutex we
 * want. A waiter leaves the list under our lock, so its condition variable is alive while we use
 * it.
 */
#include "service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "group.h"
#include "lock.h"
#include "mask.h"
#include "stop.h"
#include "tsan.h"

#define REPEAT_NS_MIN 1000000u
#define REPEAT_NS_MAX 64000000u

enum service_state { ABSENT, RUNNING, LEAVING };

static struct {
    struct curfew__lock lock;       /* rank SERVICE; guards what is not marked otherwise */
    enum service_state state;       /* ABSENT -> RUNNING -> LEAVING -> ABSENT */
    unsigned refs;                  /* who needs the thread */
    pthread_t thread;               /* valid while not ABSENT */
    pthread_cond_t left;            /* state != LEAVING; broadcast only */
    struct curfew__waiter *waiters; /* doubly linked */
    struct curfew_group *groups;    /* linked through group->service_next */
} service = { .lock = CURFEW__LOCK_INIT(RANK_SERVICE), .left = PTHREAD_COND_INITIALIZER };

/* The bell outlives the thread, and is closed in forked children only: a handler on another thread
 * may have read its number and be about to write. */
static int bell = -1;            /* atomic; an eventfd; -1: not made yet */
static uint64_t limit_ns = 0;    /* atomic; 0: no limit set */
static int limit_status = 0;     /* atomic; written before limit_ns */
static int limit_report_fd = -1; /* atomic; written before limit_ns */

void curfew__service_ring_sigsafe(void)
{
    int fd = __atomic_load_n(&bell, __ATOMIC_SEQ_CST);
    if (fd >= 0) {
        uint64_t one = 1;
        curfew__tsan_acquire_sigsafe(&bell);
        ssize_t written = write(fd, &one, sizeof(one));
        (void)written; /* EAGAIN: it rings already. */
    }
}

/* Who exceeds the hard limit, one line each.  The service's lock is held. */
static void report_late(int fd, int status)
{
    char line[160];
    if (fd < 0) {
        return;
    }
    int length = snprintf(line, sizeof(line),
                          "curfew: hard limit reached, forcing exit status %d\n", status);
    CURFEW_ASSERT(length > 0 && (size_t)length < sizeof(line));
    curfew__write_if_room(fd, line, (size_t)length);
    for (struct curfew_group *group = service.groups; group != NULL; group = group->service_next) {
        curfew__group_report_late(group, fd);
    }
}

static void enforce_limit(void)
{
    uint64_t limit = __atomic_load_n(&limit_ns, __ATOMIC_ACQUIRE);
    if (limit != 0 && curfew__passed_sigsafe(limit)) {
        int status = __atomic_load_n(&limit_status, __ATOMIC_RELAXED);
        report_late(__atomic_load_n(&limit_report_fd, __ATOMIC_RELAXED), status);
        _exit(status);
    }
}

/* Broadcasts to the waiters whose stop is requested; true if there were any. */
static bool wake_waiters(void)
{
    bool any = false;
    for (struct curfew__waiter *waiter = service.waiters; waiter != NULL; waiter = waiter->next) {
        if (curfew_stop_is_requested(waiter->stop)) {
            int status = pthread_cond_broadcast(waiter->cond);
            CURFEW_ASSERT(status == 0);
            any = true;
        }
    }
    return any;
}

/* Passes requested stops on to the groups' phases; returns when a group's own deadline comes. */
static uint64_t advance_groups(void)
{
    uint64_t next_ns = CURFEW_NO_DEADLINE;
    for (struct curfew_group *group = service.groups; group != NULL; group = group->service_next) {
        if (group->phase_count == 1) {
            continue; /* Its workers' stops are children of the group's. */
        }
        if (!curfew_stop_is_requested(&group->stop)) {
            next_ns = curfew__earlier(next_ns, curfew__stop_deadline(&group->stop));
        } else if (!curfew__group_try_advance(group)) {
            /* Somebody holds the group's lock, and ours may not wait for it: look again soon. */
            next_ns = curfew__earlier(next_ns, curfew_deadline_after(REPEAT_NS_MIN));
        }
    }
    return next_ns;
}

static void *service_main(void *unused)
{
    (void)unused;
    (void)pthread_setname_np(pthread_self(), "curfew-service"); /* Only for people. */
    struct pollfd ear = { .fd = __atomic_load_n(&bell, __ATOMIC_SEQ_CST), .events = POLLIN };
    uint64_t repeat_ns = REPEAT_NS_MIN;

    curfew__lock_take(&service.lock);
    while (service.state == RUNNING) {
        uint64_t rings;
        if (read(ear.fd, &rings, sizeof(rings)) == (ssize_t)sizeof(rings)) {
            repeat_ns = REPEAT_NS_MIN;
        }
        uint64_t next_ns = advance_groups();
        if (wake_waiters()) {
            next_ns = curfew__earlier(next_ns, curfew_deadline_after(repeat_ns));
            repeat_ns = repeat_ns < REPEAT_NS_MAX ? 2 * repeat_ns : REPEAT_NS_MAX;
        }
        enforce_limit();
        uint64_t limit = __atomic_load_n(&limit_ns, __ATOMIC_ACQUIRE);
        next_ns = curfew__earlier(next_ns, limit != 0 ? limit : CURFEW_NO_DEADLINE);
        curfew__lock_drop(&service.lock);

        struct timespec left;
        int ready = ppoll(&ear, 1, curfew__remaining(next_ns, &left), NULL);
        CURFEW_ASSERT(ready >= 0 || errno == EINTR || errno == ENOMEM);
        curfew__lock_take(&service.lock);
    }
    curfew__lock_drop(&service.lock);
    return NULL;
}

/* ---- fork: the child has no service thread, and none of the other threads. ---- */

static void fork_prepare(void)
{
    curfew__lock_take(&service.lock);
}

static void fork_parent(void)
{
    curfew__lock_drop(&service.lock);
}

static void fork_child(void)
{
    int fd = __atomic_exchange_n(&bell, -1, __ATOMIC_SEQ_CST);
    if (fd >= 0) {
        (void)close(fd); /* The parent's bell: ours would ring there. */
    }
    service.state = ABSENT; /* The next who needs it starts it anew; the references stay. */
    service.left = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    service.waiters = NULL;
    service.groups = NULL;
    __atomic_store_n(&limit_ns, 0, __ATOMIC_RELEASE);
    curfew__lock_drop(&service.lock);
}

/* ---- Life of the thread.  The service's lock is held. ---- */

static int start_thread(void)
{
    if (__atomic_load_n(&bell, __ATOMIC_SEQ_CST) < 0) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0) {
            return -errno;
        }
        curfew__tsan_release_sigsafe(&bell);
        __atomic_store_n(&bell, fd, __ATOMIC_SEQ_CST);
    }
    sigset_t old;
    curfew__mask_block(&old);
    int status = pthread_create(&service.thread, NULL, service_main, NULL);
    curfew__mask_restore(&old);
    if (status == 0) {
        service.state = RUNNING;
    }
    return -status;
}

static int ref_locked(void)
{
    while (service.state == LEAVING) {
        (void)curfew__cond_wait(&service.left, &service.lock, CURFEW_NO_DEADLINE);
    }
    int status = service.state == ABSENT ? start_thread() : 0;
    service.refs += status == 0;
    return status;
}

/* Takes the lock, with the fork handlers in place. */
static int enter(void)
{
    static bool registered; /* guarded by the service's lock */
    int status = 0;
    curfew__lock_take(&service.lock);
    if (!registered) {
        /* A fork meanwhile does not find our handlers yet, so it does not wait for our lock. */
        status = -pthread_atfork(fork_prepare, fork_parent, fork_child);
        registered = status == 0; /* Else the next who enters tries again. */
    }
    if (status != 0) {
        curfew__lock_drop(&service.lock);
    }
    return status;
}

int curfew__service_ref(void)
{
    int status = enter();
    if (status == 0) {
        status = ref_locked();
        curfew__lock_drop(&service.lock);
    }
    return status;
}

int curfew__service_watch(struct curfew_stop *stop)
{
    int status = enter();
    if (status != 0) {
        return status;
    }
    if (!stop->watched) {
        status = ref_locked();
        stop->watched = status == 0;
    } else if (service.state == ABSENT) {
        status =
            start_thread(); /* In a forked child: the reference came along, the thread did not. */
    }
    curfew__lock_drop(&service.lock);
    return status;
}

void curfew__service_unref(void)
{
    curfew__lock_take(&service.lock);
    CURFEW_ASSERT(service.refs > 0);
    service.refs--;
    if (service.refs == 0 && service.state == RUNNING) {
        service.state = LEAVING;
        curfew__service_ring_sigsafe();
        curfew__lock_drop(&service.lock);
        sigset_t old; /* The thread leaves at once; thread_join in join.c says why signals wait. */
        curfew__mask_block(&old);
        int status = pthread_join(service.thread, NULL);
        CURFEW_ASSERT(status == 0);
        curfew__mask_restore(&old);
        curfew__lock_take(&service.lock);
        service.state = ABSENT;
        (void)pthread_cond_broadcast(&service.left);
    }
    curfew__lock_drop(&service.lock);
}

void curfew__service_add_waiter(struct curfew__waiter *waiter)
{
    curfew__lock_take(&service.lock);
    waiter->prev = NULL;
    waiter->next = service.waiters;
    if (waiter->next != NULL) {
        waiter->next->prev = waiter;
    }
    service.waiters = waiter;
    curfew__lock_drop(&service.lock);
}

void curfew__service_remove_waiter(struct curfew__waiter *waiter)
{
    curfew__lock_take(&service.lock);
    if (waiter->next != NULL) {
        waiter->next->prev = waiter->prev;
    }
    if (waiter->prev != NULL) {
        waiter->prev->next = waiter->next;
    } else {
        CURFEW_ASSERT(service.waiters == waiter);
        service.waiters = waiter->next;
    }
    curfew__lock_drop(&service.lock);
}

int curfew__service_add_group(struct curfew_group *group)
{
    int status = enter();
    if (status == 0) {
        group->service_next = service.groups;
        service.groups = group;
        curfew__lock_drop(&service.lock);
        curfew__service_ring_sigsafe(); /* Its stop may have a deadline: the service must know. */
    }
    return status;
}

void curfew__service_remove_group(struct curfew_group *group)
{
    curfew__lock_take(&service.lock);
    struct curfew_group **link = &service.groups;
    while (*link != NULL && *link != group) {
        link = &(*link)->service_next;
    }
    if (*link != NULL) { /* In a forked child the parent's groups are not listed. */
        *link = group->service_next;
    }
    curfew__lock_drop(&service.lock);
}

void curfew__service_limit_sigsafe(uint64_t when_ns, int status, int fd)
{
    uint64_t unset = 0;
    if (__atomic_load_n(&limit_ns, __ATOMIC_RELAXED) != 0) {
        return; /* The first stop signal started the clock. */
    }
    __atomic_store_n(&limit_status, status, __ATOMIC_RELAXED);
    __atomic_store_n(&limit_report_fd, fd, __ATOMIC_RELAXED);
    (void)__atomic_compare_exchange_n(&limit_ns, &unset, when_ns, false, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED);
    curfew__service_ring_sigsafe();
}

void curfew__service_unlimit(void)
{
    __atomic_store_n(&limit_ns, 0, __ATOMIC_RELEASE);
}
