/* SPDX-License-Identifier: MIT
 *
 * holder.c -- who holds what a blocked thread waits for, read from libc's own objects.
 */
#include "holder.h"

static int holder_number(int tid)
{
    const struct rt_thread *thread = tid > 0 ? rt_thread_by_tid(tid) : NULL;
    return thread != NULL ? (int)thread->number : -1;
}

int rt_holder(const struct rt_thread *waiter)
{
    const struct rt_thread *other = waiter->object;
    switch (waiter->op) {
    case RT_OP_MUTEX_LOCK:
    case RT_OP_MUTEX_TIMEDLOCK:
    case RT_OP_COND_RELOCK:
        return holder_number(((const pthread_mutex_t *)waiter->object)->__data.__owner);
    case RT_OP_RWLOCK_RDLOCK:
    case RT_OP_RWLOCK_WRLOCK:
        return holder_number(((const pthread_rwlock_t *)waiter->object)->__data.__cur_writer);
    case RT_OP_JOIN:
    case RT_OP_TIMEDJOIN:
        return (int)other->number;
    default:
        return -1;
    }
}
