/* SPDX-License-Identifier: MIT
 *
 * c11.c -- C11 <threads.h> onto the POSIX calls, also when dormant: ThreadSanitizer 14 crashes in
 * thrd_create and does not see mtx_lock.  glibc's types are the same underneath.
 */
#include "c11.h"

#include <errno.h>
#include <stdlib.h>

#include "../real.h"
#include "cond.h"
#include "mutex.h"
#include "thread.h"

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "an mtx_t holds a mutex");
_Static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "a cnd_t holds a condition variable");
_Static_assert(sizeof(thrd_t) == sizeof(pthread_t), "a thrd_t is a pthread_t");

struct c11_start {
    thrd_start_t start;
    void *arg;
};

static int c11_result(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

static void *c11_main(void *argument)
{
    struct c11_start start = *(struct c11_start *)argument;
    free(argument);
    return (void *)(intptr_t)start.start(start.arg);
}

int thrd_create(thrd_t *handle, thrd_start_t start, void *arg)
{
    struct c11_start *both = malloc(sizeof *both);
    if (both == NULL) {
        return thrd_nomem;
    }
    *both = (struct c11_start){ start, arg };
    int error = rt_pthread_create(handle, NULL, c11_main, both, RT_FRAME);
    if (error != 0) {
        free(both);
    }
    return error == EAGAIN ? thrd_nomem : c11_result(error);
}

int thrd_join(thrd_t handle, int *result)
{
    void *value;
    int error = rt_pthread_join(handle, &value, RT_FRAME);
    if (error == 0 && result != NULL) {
        *result = (int)(intptr_t)value;
    }
    return c11_result(error);
}

int thrd_detach(thrd_t handle)
{
    return c11_result(rt_pthread_detach(handle, RT_FRAME));
}

_Noreturn void thrd_exit(int result)
{
    pthread_exit((void *)(intptr_t)result);
}

void thrd_yield(void)
{
    (void)rt_sched_yield(RT_FRAME);
}

int thrd_sleep(const struct timespec *duration, struct timespec *remaining)
{
    int error = clock_nanosleep(CLOCK_REALTIME, 0, duration, remaining);
    return error == 0 ? 0 : error == EINTR ? -1 : -2;
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    (void)pthread_mutexattr_init(&attributes);
    (void)pthread_mutexattr_settype(
        &attributes, (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    return c11_result(rt_pthread_mutex_init((pthread_mutex_t *)mutex, &attributes, RT_FRAME));
}

void mtx_destroy(mtx_t *mutex)
{
    (void)rt_pthread_mutex_destroy((pthread_mutex_t *)mutex, RT_FRAME);
}

int mtx_lock(mtx_t *mutex)
{
    return c11_result(rt_pthread_mutex_lock((pthread_mutex_t *)mutex, RT_FRAME));
}

int mtx_trylock(mtx_t *mutex)
{
    return c11_result(rt_pthread_mutex_trylock((pthread_mutex_t *)mutex, RT_FRAME));
}

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict time)
{
    return c11_result(rt_pthread_mutex_timedlock((pthread_mutex_t *)mutex, time, RT_FRAME));
}

int mtx_unlock(mtx_t *mutex)
{
    return c11_result(rt_pthread_mutex_unlock((pthread_mutex_t *)mutex, RT_FRAME));
}

int cnd_init(cnd_t *cond)
{
    return c11_result(rt_pthread_cond_init((pthread_cond_t *)cond, NULL, RT_FRAME));
}

void cnd_destroy(cnd_t *cond)
{
    (void)rt_pthread_cond_destroy((pthread_cond_t *)cond, RT_FRAME);
}

int cnd_wait(cnd_t *cond, mtx_t *mutex)
{
    return c11_result(
        rt_pthread_cond_wait((pthread_cond_t *)cond, (pthread_mutex_t *)mutex, RT_FRAME));
}

int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex, const struct timespec *restrict time)
{
    return c11_result(rt_pthread_cond_timedwait((pthread_cond_t *)cond, (pthread_mutex_t *)mutex,
                                                time, RT_FRAME));
}

int cnd_signal(cnd_t *cond)
{
    return c11_result(rt_pthread_cond_signal((pthread_cond_t *)cond, RT_FRAME));
}

int cnd_broadcast(cnd_t *cond)
{
    return c11_result(rt_pthread_cond_broadcast((pthread_cond_t *)cond, RT_FRAME));
}

void call_once(once_flag *flag, void (*routine)(void))
{
    (void)pthread_once((pthread_once_t *)flag, routine);
}
