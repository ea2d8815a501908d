/* SPDX-License-Identifier: MIT
 *
 * calls_sync.c -- calls that wait for another thread of the process.
 */
#include <linux/futex.h>
#include <sys/syscall.h>

#include "calls.h"

#define PERFORM(name, expression)                                                                  \
    long perform_##name(struct row *row)                                                           \
    {                                                                                              \
        return (long)(expression);                                                                 \
    }

/* ---- condition variables ---- */

static void cond_prepare(struct row *row)
{
    OK(pthread_mutex_init(&row->mutex, NULL));
    OK(pthread_cond_init(&row->cond, NULL));
}
static void cond_enter(struct row *row)
{
    OK(pthread_mutex_lock(&row->mutex));
}
static void cond_leave(struct row *row)
{
    OK(pthread_mutex_unlock(&row->mutex));
}
static void cond_wake(struct row *row)
{
    OK(pthread_mutex_lock(&row->mutex));
    OK(pthread_cond_signal(&row->cond));
    OK(pthread_mutex_unlock(&row->mutex));
}
static void cond_finish(struct row *row)
{
    OK(pthread_cond_destroy(&row->cond));
    OK(pthread_mutex_destroy(&row->mutex));
}
const struct family family_cond = { cond_prepare, cond_enter, cond_leave, cond_wake, cond_finish };

PERFORM(pthread_cond_wait, pthread_cond_wait(&row->cond, &row->mutex))
PERFORM(pthread_cond_timedwait, pthread_cond_timedwait(&row->cond, &row->mutex, &row->until))
PERFORM(pthread_cond_clockwait,
        pthread_cond_clockwait(&row->cond, &row->mutex, CLOCK_MONOTONIC, &row->until_mono))

static void c11_cond_prepare(struct row *row)
{
    MUST(mtx_init(&row->c11_mutex, mtx_plain) == thrd_success);
    MUST(cnd_init(&row->c11_cond) == thrd_success);
}
static void c11_cond_enter(struct row *row)
{
    MUST(mtx_lock(&row->c11_mutex) == thrd_success);
}
static void c11_cond_leave(struct row *row)
{
    MUST(mtx_unlock(&row->c11_mutex) == thrd_success);
}
static void c11_cond_wake(struct row *row)
{
    MUST(mtx_lock(&row->c11_mutex) == thrd_success);
    MUST(cnd_signal(&row->c11_cond) == thrd_success);
    MUST(mtx_unlock(&row->c11_mutex) == thrd_success);
}
static void c11_cond_finish(struct row *row)
{
    cnd_destroy(&row->c11_cond);
    mtx_destroy(&row->c11_mutex);
}
const struct family family_c11_cond = { c11_cond_prepare, c11_cond_enter, c11_cond_leave,
                                        c11_cond_wake, c11_cond_finish };

PERFORM(cnd_wait, cnd_wait(&row->c11_cond, &row->c11_mutex))
PERFORM(cnd_timedwait, cnd_timedwait(&row->c11_cond, &row->c11_mutex, &row->until))

/* ---- locks ---- */

static void mutex_prepare(struct row *row)
{
    OK(pthread_mutex_init(&row->mutex, NULL));
    OK(pthread_mutex_lock(&row->mutex));
    row->held = true;
}
static void mutex_leave(struct row *row)
{
    if (row->result == 0) {
        OK(pthread_mutex_unlock(&row->mutex));
    }
}
static void mutex_wake(struct row *row)
{
    row->held = false;
    OK(pthread_mutex_unlock(&row->mutex));
}
static void mutex_finish(struct row *row)
{
    if (row->held) {
        OK(pthread_mutex_unlock(&row->mutex));
    }
    OK(pthread_mutex_destroy(&row->mutex));
}
const struct family family_mutex = { mutex_prepare, NULL, mutex_leave, mutex_wake, mutex_finish };

PERFORM(pthread_mutex_lock, pthread_mutex_lock(&row->mutex))
PERFORM(pthread_mutex_timedlock, pthread_mutex_timedlock(&row->mutex, &row->until))
PERFORM(pthread_mutex_clocklock,
        pthread_mutex_clocklock(&row->mutex, CLOCK_MONOTONIC, &row->until_mono))

static void mutex_prepare_as(struct row *row, int protocol, int robust)
{
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_setprotocol(&attributes, protocol));
    OK(pthread_mutexattr_setrobust(&attributes, robust));
    OK(pthread_mutex_init(&row->mutex, &attributes));
    OK(pthread_mutexattr_destroy(&attributes));
}
static void mutex_inherit_prepare(struct row *row)
{
    mutex_prepare_as(row, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
    OK(pthread_mutex_lock(&row->mutex));
    row->held = true;
}
const struct family family_mutex_inherit = { mutex_inherit_prepare, NULL, mutex_leave, mutex_wake,
                                             mutex_finish };

PERFORM(pthread_mutex_lock_inherit, pthread_mutex_lock(&row->mutex))

/* Held by a thread that ends with it. */
static void *robust_main(void *arg)
{
    struct row *row = arg;
    OK(pthread_mutex_lock(&row->mutex));
    OK(sem_post(&row->entered));
    while (sem_wait(&row->sem) != 0) {
    }
    return NULL;
}
static void mutex_robust_prepare(struct row *row)
{
    mutex_prepare_as(row, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
    OK(sem_init(&row->sem, 0, 0));
    OK(sem_init(&row->entered, 0, 0));
    OK(pthread_create(&row->helper, NULL, robust_main, row));
    OK(sem_wait(&row->entered));
}
static void mutex_robust_leave(struct row *row)
{
    if (row->result == EOWNERDEAD) {
        OK(pthread_mutex_consistent(&row->mutex));
        OK(pthread_mutex_unlock(&row->mutex));
    }
}
static void mutex_robust_wake(struct row *row)
{
    OK(sem_post(&row->sem));
}
static void mutex_robust_finish(struct row *row)
{
    OK(pthread_join(row->helper, NULL));
    OK(sem_destroy(&row->entered));
    OK(sem_destroy(&row->sem));
    OK(pthread_mutex_destroy(&row->mutex));
}
const struct family family_mutex_robust = { mutex_robust_prepare, NULL, mutex_robust_leave,
                                            mutex_robust_wake, mutex_robust_finish };

PERFORM(pthread_mutex_lock_robust, pthread_mutex_lock(&row->mutex))

static void c11_mutex_prepare(struct row *row)
{
    MUST(mtx_init(&row->c11_mutex, mtx_timed) == thrd_success);
    MUST(mtx_lock(&row->c11_mutex) == thrd_success);
    row->held = true;
}
static void c11_mutex_leave(struct row *row)
{
    if (row->result == thrd_success) {
        MUST(mtx_unlock(&row->c11_mutex) == thrd_success);
    }
}
static void c11_mutex_wake(struct row *row)
{
    row->held = false;
    MUST(mtx_unlock(&row->c11_mutex) == thrd_success);
}
static void c11_mutex_finish(struct row *row)
{
    if (row->held) {
        c11_mutex_wake(row);
    }
    mtx_destroy(&row->c11_mutex);
}
const struct family family_c11_mutex = { c11_mutex_prepare, NULL, c11_mutex_leave, c11_mutex_wake,
                                         c11_mutex_finish };

PERFORM(mtx_lock, mtx_lock(&row->c11_mutex))
PERFORM(mtx_timedlock, mtx_timedlock(&row->c11_mutex, &row->until))

static void rwlock_prepare(struct row *row)
{
    OK(pthread_rwlock_init(&row->rwlock, NULL));
    OK(pthread_rwlock_wrlock(&row->rwlock));
    row->held = true;
}
static void rwlock_leave(struct row *row)
{
    if (row->result == 0) {
        OK(pthread_rwlock_unlock(&row->rwlock));
    }
}
static void rwlock_wake(struct row *row)
{
    row->held = false;
    OK(pthread_rwlock_unlock(&row->rwlock));
}
static void rwlock_finish(struct row *row)
{
    if (row->held) {
        rwlock_wake(row);
    }
    OK(pthread_rwlock_destroy(&row->rwlock));
}
const struct family family_rwlock = { rwlock_prepare, NULL, rwlock_leave, rwlock_wake,
                                      rwlock_finish };

PERFORM(pthread_rwlock_rdlock, pthread_rwlock_rdlock(&row->rwlock))
PERFORM(pthread_rwlock_timedrdlock, pthread_rwlock_timedrdlock(&row->rwlock, &row->until))
PERFORM(pthread_rwlock_clockrdlock,
        pthread_rwlock_clockrdlock(&row->rwlock, CLOCK_MONOTONIC, &row->until_mono))
PERFORM(pthread_rwlock_wrlock, pthread_rwlock_wrlock(&row->rwlock))
PERFORM(pthread_rwlock_timedwrlock, pthread_rwlock_timedwrlock(&row->rwlock, &row->until))
PERFORM(pthread_rwlock_clockwrlock,
        pthread_rwlock_clockwrlock(&row->rwlock, CLOCK_MONOTONIC, &row->until_mono))

/* ---- semaphores and futexes ---- */

static void sem_prepare(struct row *row)
{
    OK(sem_init(&row->sem, 0, 0));
}
static void sem_wake(struct row *row)
{
    OK(sem_post(&row->sem));
}
static void sem_finish(struct row *row)
{
    int value;
    OK(sem_getvalue(&row->sem, &value));
    (void)snprintf(row->got, sizeof row->got, "value %d", value);
    OK(sem_destroy(&row->sem));
}
const struct family family_sem = { sem_prepare, NULL, NULL, sem_wake, sem_finish };

PERFORM(sem_wait, sem_wait(&row->sem))
PERFORM(sem_timedwait, sem_timedwait(&row->sem, &row->until))
PERFORM(sem_clockwait, sem_clockwait(&row->sem, CLOCK_MONOTONIC, &row->until_mono))

static void futex_wake(struct row *row)
{
    row->word = 1;
    MUST(syscall(SYS_futex, &row->word, FUTEX_WAKE_PRIVATE, 1) >= 0);
}
const struct family family_futex = { NULL, NULL, NULL, futex_wake, NULL };

PERFORM(futex_wait, syscall(SYS_futex, &row->word, FUTEX_WAIT_PRIVATE, 0, NULL))
PERFORM(futex_wait_timed, syscall(SYS_futex, &row->word, FUTEX_WAIT_PRIVATE, 0, &row->timeout))
PERFORM(futex_wait_bitset,
        syscall(SYS_futex, &row->word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1))
PERFORM(futex_wait_bitset_timed,
        syscall(SYS_futex, &row->word, FUTEX_WAIT_BITSET_PRIVATE, 0, &row->until_mono, NULL, 1))

/* ---- barriers, once, threads ---- */

static void barrier_prepare(struct row *row)
{
    OK(pthread_barrier_init(&row->barrier, NULL, 2));
}
static void barrier_wake(struct row *row)
{
    int result = pthread_barrier_wait(&row->barrier);
    MUST(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
}
static void barrier_finish(struct row *row)
{
    OK(pthread_barrier_destroy(&row->barrier));
}
const struct family family_barrier = { barrier_prepare, NULL, NULL, barrier_wake, barrier_finish };

PERFORM(pthread_barrier_wait, pthread_barrier_wait(&row->barrier))

/* Another thread is in the routine until the subject is to go on. */
static struct row *once_row;

static void once_routine(void)
{
    OK(sem_post(&once_row->entered));
    while (sem_wait(&once_row->sem) != 0) {
    }
}
static void *once_main(void *row)
{
    OK(pthread_once(&((struct row *)row)->once, once_routine));
    return NULL;
}
static void once_prepare(struct row *row)
{
    static const pthread_once_t fresh = PTHREAD_ONCE_INIT;
    once_row = row;
    row->once = fresh;
    OK(sem_init(&row->sem, 0, 0));
    OK(sem_init(&row->entered, 0, 0));
    OK(pthread_create(&row->helper, NULL, once_main, row));
    OK(sem_wait(&row->entered));
}
static void once_wake(struct row *row)
{
    OK(sem_post(&row->sem));
}
static void once_finish(struct row *row)
{
    OK(pthread_join(row->helper, NULL));
    OK(sem_destroy(&row->entered));
    OK(sem_destroy(&row->sem));
}
const struct family family_once = { once_prepare, NULL, NULL, once_wake, once_finish };

PERFORM(pthread_once, pthread_once(&row->once, once_routine))

static int join_main(void *row)
{
    while (sem_wait(&((struct row *)row)->sem) != 0) {
    }
    return 7;
}
static void join_prepare(struct row *row)
{
    OK(sem_init(&row->sem, 0, 0));
    MUST(thrd_create(&row->helper, join_main, row) == thrd_success);
    row->held = true;
}
static void join_leave(struct row *row)
{
    row->helper_joined = row->result == 0;
}
static void join_wake(struct row *row)
{
    row->held = false;
    OK(sem_post(&row->sem));
}
static void join_finish(struct row *row)
{
    if (row->held) {
        join_wake(row);
    }
    if (!row->helper_joined) {
        OK(pthread_join(row->helper, NULL));
    }
    OK(sem_destroy(&row->sem));
}
const struct family family_join = { join_prepare, NULL, join_leave, join_wake, join_finish };

#define JOINED(call)                                                                               \
    void *value = NULL;                                                                            \
    int result = (call);                                                                           \
    if (result == 0) {                                                                             \
        (void)snprintf(row->got, sizeof row->got, "value %ld", (long)value);                       \
    }                                                                                              \
    return result;

long perform_pthread_join(struct row *row)
{
    JOINED(pthread_join(row->helper, &value))
}
long perform_pthread_timedjoin_np(struct row *row)
{
    JOINED(pthread_timedjoin_np(row->helper, &value, &row->until))
}
long perform_pthread_clockjoin_np(struct row *row)
{
    JOINED(pthread_clockjoin_np(row->helper, &value, CLOCK_MONOTONIC, &row->until_mono))
}
long perform_thrd_join(struct row *row)
{
    int value = 0;
    int result = thrd_join(row->helper, &value);
    (void)snprintf(row->got, sizeof row->got, "value %d", value);
    return result;
}
