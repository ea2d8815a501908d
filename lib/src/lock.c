/* SPDX-License-Identifier: MIT
 *
 * lock.c -- ranked mutexes.  Each thread knows which ranks it holds, one bit each.
 */
#include "lock.h"

#include <errno.h>

#include "check.h"
#include "clock.h"

static _Thread_local unsigned held_ranks;

void curfew__lock_init(struct curfew__lock *lock, enum curfew__rank rank)
{
    int status = pthread_mutex_init(&lock->mutex, NULL);
    CURFEW_ASSERT(status == 0); /* Cannot fail for a default mutex of glibc. */
    lock->rank = rank;
}

void curfew__lock_fini(struct curfew__lock *lock)
{
    int status = pthread_mutex_destroy(&lock->mutex);
    CURFEW_ASSERT(status == 0);
}

void curfew__lock_take(struct curfew__lock *lock)
{
    CURFEW_ASSERT(held_ranks >> lock->rank == 0); /* nothing of this rank or above */
    int status = pthread_mutex_lock(&lock->mutex);
    CURFEW_ASSERT(status == 0);
    held_ranks |= 1u << lock->rank;
}

bool curfew__lock_try(struct curfew__lock *lock)
{
    int status = pthread_mutex_trylock(&lock->mutex);
    CURFEW_ASSERT(status == 0 || status == EBUSY);
    if (status == 0) {
        held_ranks |= 1u << lock->rank;
    }
    return status == 0;
}

void curfew__lock_drop(struct curfew__lock *lock)
{
    CURFEW_ASSERT((held_ranks & 1u << lock->rank) != 0);
    held_ranks &= ~(1u << lock->rank);
    int status = pthread_mutex_unlock(&lock->mutex);
    CURFEW_ASSERT(status == 0);
}

void curfew__cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    int status = pthread_condattr_init(&attributes);
    CURFEW_ASSERT(status == 0);
    status = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    CURFEW_ASSERT(status == 0);
    status = pthread_cond_init(cond, &attributes);
    CURFEW_ASSERT(status == 0);
    (void)pthread_condattr_destroy(&attributes); /* Holds nothing. */
}

bool curfew__cond_wait(pthread_cond_t *cond, struct curfew__lock *lock, uint64_t deadline_ns)
{
    int status;
    if (deadline_ns == CURFEW_NO_DEADLINE) {
        status = pthread_cond_wait(cond, &lock->mutex);
    } else {
        struct timespec until = curfew__timespec(deadline_ns);
        status = pthread_cond_timedwait(cond, &lock->mutex, &until);
    }
    CURFEW_ASSERT(status == 0 || status == ETIMEDOUT);
    return status == 0;
}
