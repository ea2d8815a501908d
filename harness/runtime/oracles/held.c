/* SPDX-License-Identifier: MIT
 *
 * held.c -- who holds which mutex, to see that no thread takes one along when it ends.
 *
 * A robust mutex may be held: that is what it is for.  A thread with more than RT_HELD_MAX of them
 * at once is not judged any more.
 */
#include "oracle.h"

#define KIND_ROBUST 16

void rt_held_add(struct rt_thread *self, const pthread_mutex_t *mutex)
{
    if (self->held_count < RT_HELD_MAX && (mutex->__data.__kind & KIND_ROBUST) == 0) {
        self->held[self->held_count++] = mutex;
    } else if (self->held_count == RT_HELD_MAX) {
        self->held_count++;
    }
}

void rt_held_remove(struct rt_thread *self, const pthread_mutex_t *mutex)
{
    /* The newest first: as a rule that is the one. */
    for (uint32_t at = self->held_count; self->held_count <= RT_HELD_MAX && at > 0; at--) {
        if (self->held[at - 1] == mutex) {
            self->held[at - 1] = self->held[--self->held_count];
            return;
        }
    }
}

void rt_held_at_end(const struct rt_thread *self)
{
    if (self->held_count > 0 && self->held_count <= RT_HELD_MAX) {
        rt_oracle(RT_ORACLE_HELD, self, "a thread ended and took a mutex along", "");
    }
}
