/* SPDX-License-Identifier: MIT
 *
 * sem.c -- semaphores: a wait is a try that is repeated when the semaphore is posted.
 */
#include "sem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "../oracles/oracle.h"
#include "../real.h"

/* Without a deadline a handler with SA_RESTART lets it go on; with one it never does (Linux). */
static int sem_acquire(struct rt_thread *self, sem_t *sem, enum rt_op op, uint64_t deadline_ns,
                       void *frame)
{
    uint32_t flags =
        RT_WAIT_CANCELLABLE | RT_WAIT_INTERRUPTIBLE | (op == RT_OP_SEM_WAIT ? RT_WAIT_RESTARTS : 0);
    int saved_errno = errno;
    for (;;) {
        if (RT_CALL_AT(frame, sem_trywait, sem) == 0) {
            errno = saved_errno;
            rt_result(0);
            return 0;
        }
        if (errno != EAGAIN) {
            return -1;
        }
        enum rt_wake wake =
            deadline_ns <= rt.now_ns ? RT_TIMED_OUT : rt_wait(self, sem, deadline_ns, flags);
        if (wake == RT_TIMED_OUT) {
            rt_result(ETIMEDOUT);
            errno = ETIMEDOUT;
            return -1;
        }
        rt_cancel_point(self);
        rt_step_resumed(self, op, sem, frame);
        if (wake == RT_INTERRUPTED) {
            rt_result(EINTR);
            errno = EINTR;
            return -1;
        }
    }
}

int sem_init(sem_t *sem, int shared, unsigned value)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sem_init, sem, shared, value);
    }
    rt_step(self, RT_OP_SEM_INIT, sem, RT_FRAME);
    rt_object_create(sem);
    return RT_CALL(sem_init, sem, shared, value);
}

int sem_destroy(sem_t *sem)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sem_destroy, sem);
    }
    rt_step(self, RT_OP_SEM_DESTROY, sem, RT_FRAME);
    if (rt_has_waiters(sem)) {
        rt_oracle(RT_ORACLE_DESTROY, self, "a semaphore was destroyed while a thread waits on it",
                  "");
    }
    rt_object_destroy(sem);
    return RT_CALL(sem_destroy, sem);
}

sem_t *sem_open(const char *name, int flags, ...)
{
    mode_t mode = 0;
    unsigned value = 0;
    if ((flags & O_CREAT) != 0) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        value = va_arg(list, unsigned);
        va_end(list);
    }
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_SEM_OPEN, NULL, RT_FRAME);
    }
    return RT_CALL(sem_open, name, flags, mode, value);
}

int sem_close(sem_t *sem)
{
    return RT_CALL(sem_close, sem);
}

int sem_wait(sem_t *sem)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sem_wait, sem);
    }
    rt_step(self, RT_OP_SEM_WAIT, sem, RT_FRAME);
    rt_cancel_point(self);
    return sem_acquire(self, sem, RT_OP_SEM_WAIT, RT_NO_DEADLINE, RT_FRAME);
}

int sem_trywait(sem_t *sem)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sem_trywait, sem);
    }
    rt_step(self, RT_OP_SEM_TRYWAIT, sem, RT_FRAME);
    int result = RT_CALL(sem_trywait, sem);
    rt_progress(self, result == 0);
    rt_result(result);
    return result;
}

/* The step has been taken. */
static int sem_timed(struct rt_thread *self, sem_t *sem, clockid_t clock,
                     const struct timespec *time, void *frame)
{
    uint64_t deadline_ns;
    if (!rt_clock_deadline(clock, time, &deadline_ns)) {
        errno = EINVAL;
        return -1;
    }
    return sem_acquire(self, sem, RT_OP_SEM_TIMEDWAIT, deadline_ns, frame);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sem_timedwait, sem, time);
    }
    rt_step(self, RT_OP_SEM_TIMEDWAIT, sem, RT_FRAME);
    rt_cancel_point(self);
    return sem_timed(self, sem, CLOCK_REALTIME, time, RT_FRAME);
}

int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict time)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        struct timespec real = rt_real_time(clock, time);
        return RT_CALL(sem_timedwait, sem, &real);
    }
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
        errno = EINVAL;
        return -1;
    }
    rt_step(self, RT_OP_SEM_TIMEDWAIT, sem, RT_FRAME);
    /* No cancellation point unless it waits, in glibc. */
    return sem_timed(self, sem, clock, time, RT_FRAME);
}

int sem_post(sem_t *sem)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return RT_CALL(sem_post, sem);
    }
    rt_step(self, RT_OP_SEM_POST, sem, RT_FRAME);
    int result = RT_CALL(sem_post, sem);
    rt_wake_all(sem);
    rt_result(result);
    return result;
}

int sem_getvalue(sem_t *restrict sem, int *restrict value)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_SEM_GETVALUE, sem, RT_FRAME);
    }
    return RT_CALL(sem_getvalue, sem, value);
}
