/* SPDX-License-Identifier: MIT
 *
 * barrier.c -- barriers, modelled: a wait waits for the others by the runtime's own count.
 * ThreadSanitizer is told the edges that a real barrier would give.
 */
#include "barrier.h"

#include <errno.h>

#include "../oracles/oracle.h"
#include "../real.h"

#define BARRIERS_MAX 1024u

struct barrier {
    const pthread_barrier_t *address; /* NULL: free */
    uint32_t count;
    uint32_t arrived;
    uint64_t round;
};

static struct barrier barriers[BARRIERS_MAX] RT_LARGE;

/* The model of this address; NULL as address: a free place. */
static struct barrier *barrier_find(const pthread_barrier_t *address)
{
    for (uint32_t at = 0; at < BARRIERS_MAX; at++) {
        if (barriers[at].address == address) {
            return &barriers[at];
        }
    }
    return NULL;
}

int pthread_barrier_init(pthread_barrier_t *restrict address,
                         const pthread_barrierattr_t *restrict attributes, unsigned count)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_BARRIER_INIT, address, RT_FRAME);
        rt_object_create(address);
        struct barrier *barrier = barrier_find(address);
        if (barrier == NULL) {
            barrier = barrier_find(NULL);
        }
        if (barrier == NULL) {
            rt_stop(RT_STOP_UNSUPPORTED, self, "the program has more than 1024 barriers", "", "");
        }
        *barrier = (struct barrier){ address, count, 0, 0 };
    }
    return RT_CALL(pthread_barrier_init, address, attributes, count);
}

int pthread_barrier_destroy(pthread_barrier_t *address)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        struct barrier *barrier = barrier_find(address);
        rt_step(self, RT_OP_BARRIER_DESTROY, address, RT_FRAME);
        if (barrier != NULL && barrier->arrived != 0) {
            rt_oracle(RT_ORACLE_DESTROY, self, "a barrier was destroyed while a thread waits at it",
                      "");
        }
        if (barrier != NULL) {
            barrier->address = NULL;
        }
        rt_object_destroy(address);
    }
    return RT_CALL(pthread_barrier_destroy, address);
}

int pthread_barrier_wait(pthread_barrier_t *address)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(pthread_barrier_wait, address);
    }
    rt_step(self, RT_OP_BARRIER_WAIT, address, RT_FRAME);
    struct barrier *barrier = barrier_find(address);
    if (barrier == NULL) {
        rt_oracle(RT_ORACLE_DESTROY, self, "a thread waits at a barrier that was not initialised",
                  "");
        return EINVAL;
    }
    int result = 0;
    uint64_t round = barrier->round;
    __tsan_release(address);
    if (++barrier->arrived == barrier->count) {
        barrier->arrived = 0;
        barrier->round++;
        rt_wake_all(address);
        result = PTHREAD_BARRIER_SERIAL_THREAD;
    }
    while (barrier->round == round) {
        (void)rt_block(self, address, RT_NO_DEADLINE);
        rt_step_resumed(self, RT_OP_BARRIER_WAIT, address, RT_FRAME);
    }
    __tsan_acquire(address);
    return result;
}
