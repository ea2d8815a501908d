/* SPDX-License-Identifier: MIT
 *
 * lock.h -- the library's mutexes, with their order as data (docs/LOCKS.md) and checked at each
 * lock.
 */
#ifndef CURFEW_SRC_LOCK_H
#define CURFEW_SRC_LOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A lock may be taken while only locks of lower rank are held. */
enum curfew__rank { RANK_POOL, RANK_GROUP, RANK_SERVICE };

struct curfew__lock {
    pthread_mutex_t mutex;
    enum curfew__rank rank; /* read-only after init */
};

#define CURFEW__LOCK_INIT(rank)                                                                    \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, rank                                                            \
    }

void curfew__lock_init(struct curfew__lock *lock, enum curfew__rank rank);
void curfew__lock_fini(struct curfew__lock *lock);
void curfew__lock_take(struct curfew__lock *lock);
void curfew__lock_drop(struct curfew__lock *lock);

/* Takes the lock if nobody has it.  Out of rank too: what never waits cannot deadlock. */
bool curfew__lock_try(struct curfew__lock *lock);

/* Condition variables on CLOCK_MONOTONIC, for the library's own locks.  False: the deadline
 * passed. */
void curfew__cond_init(pthread_cond_t *cond);
bool curfew__cond_wait(pthread_cond_t *cond, struct curfew__lock *lock, uint64_t deadline_ns);

#endif
