/* SPDX-License-Identifier: MIT
 *
 * registry.c -- the program's threads, numbered by creation; how they begin and end.
 *
 * A thread's last step is taken in a TSD destructor of the runtime's own, in the last but one of
 * libc's rounds, so that the program's destructors run as steps.  The turn goes on from there, and
 * whoever gets it waits until the kernel has forgotten the thread (turn.c).
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core.h"
#include "oracles/oracle.h"
#include "pool.h"
#include "posix/once.h"
#include "real.h"
#include "signals.h"
#include "sys.h"

/* In the very last round ThreadSanitizer forgets the thread. */
#define LAST_ROUND (PTHREAD_DESTRUCTOR_ITERATIONS - 1)

static pthread_key_t last_key; /* read-only after rt_threads_start */
static bool last_key_made;
static bool any_thread; /* has ever been started */

struct rt_thread *rt_thread_new(void)
{
    if (rt.threads_count == RT_THREADS_MAX) {
        rt_stop(RT_STOP_UNSUPPORTED, rt_self, "the program started more than 1023 threads", "", "");
    }
    struct rt_thread *thread = &rt.threads[rt.threads_count];
    thread->number = rt.threads_count++;
    thread->turn = &thread->turn_word;
    thread->state = RT_THREAD_READY;
    thread->deadline_ns = RT_NO_DEADLINE;
    thread->op = RT_OP_START;
    thread->joiner = -1;
    rt.live[rt.live_count++] = (uint16_t)thread->number;
    return thread;
}

static void live_remove(const struct rt_thread *thread)
{
    uint32_t kept = 0;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        if (rt.live[at] != thread->number) {
            rt.live[kept++] = rt.live[at];
        }
    }
    rt.live_count = kept;
}

struct rt_thread *rt_thread_find(pthread_t handle)
{
    /* The newest first: libc uses a handle again once its thread has been joined. */
    for (uint32_t number = rt.threads_count; number > 0; number--) {
        struct rt_thread *thread = &rt.threads[number - 1];
        if (thread->handle_known && pthread_equal(thread->handle, handle)) {
            return thread;
        }
    }
    return NULL;
}

struct rt_thread *rt_thread_by_tid(int32_t tid)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->tid == tid) {
            return thread;
        }
    }
    return NULL;
}

/* Robust mutexes are given up by the kernel, others by nobody: who waits for one looks again. */
static void thread_wake_mutex_waiters(void)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_BLOCKED &&
            (thread->op == RT_OP_MUTEX_LOCK || thread->op == RT_OP_MUTEX_TIMEDLOCK ||
             thread->op == RT_OP_COND_RELOCK)) {
            const pthread_mutex_t *mutex = thread->wait_object;
            if (mutex != NULL && (mutex->__data.__kind & 16) != 0) {
                rt_wake_thread(thread, RT_WOKEN);
            }
        }
    }
}

static void thread_last_step(void *argument)
{
    struct rt_thread *self = argument;
    if (!rt.on || rt.over) {
        return;
    }
    if (++self->key_rounds < LAST_ROUND) {
        (void)pthread_setspecific(last_key, self);
        return;
    }
    rt_step(self, RT_OP_END, NULL, NULL);
    rt_held_at_end(self);
    rt_once_thread_ends(self);
    self->state = RT_THREAD_ENDED;
    live_remove(self);
    rt_signals_thread_ended(self);
    thread_wake_mutex_waiters();
    rt_wake_all(self);
    if (rt.live_count == 0) {
        /* The last thread of all ends the process.  libc would do so behind the last round, unless
         * ThreadSanitizer's own thread is still there. */
        RT_REAL(exit)(0);
    }
    if (self->pooled) {
        self->successor = rt_turn_next();
    } else {
        rt_turn_leave(self);
    }
}

void rt_thread_attach(struct rt_thread *self)
{
    rt_self = self;
    self->tid = (int32_t)RT_SYS0(SYS_gettid);
    self->handle = pthread_self();
    self->handle_known = true;
}

void rt_thread_arm(struct rt_thread *self)
{
    (void)pthread_setspecific(last_key, self);
}

static void *thread_main(void *argument)
{
    struct rt_thread *self = argument;
    rt_thread_attach(self);
    rt_signals_attach();
    rt_turn_await(self, self->turn);
    rt_thread_arm(self);
    rt_step_resumed(self, RT_OP_START, NULL, NULL);
    void *result = self->start(self->arg);
    self->ending = true;
    return result;
}

int rt_thread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *),
                     void *arg, void *frame)
{
    struct rt_thread *self = rt_self;
    int detached = PTHREAD_CREATE_JOINABLE;

    rt_step(self, RT_OP_CREATE, NULL, frame);
    struct rt_thread *thread = rt_thread_new();
    thread->start = start;
    thread->arg = arg;
    thread->signals.mask = self->signals.mask;
    if (attributes != NULL) {
        sigset_t mask;
        (void)pthread_attr_getdetachstate(attributes, &detached);
        if (pthread_attr_getsigmask_np(attributes, &mask) == 0) {
            rt_signals_mask_set(thread, rt_signals_from(&mask));
        }
    }
    thread->detached = detached == PTHREAD_CREATE_DETACHED;
    int error;
    if (!rt_pool_create(thread, attributes, handle, frame, &error)) {
        error = RT_CALL_AT(frame, pthread_create, handle, attributes, thread_main, thread);
    }
    if (!any_thread) {
        any_thread = true;
        rt_tasks_first_thread(error == 0 ? 2 : 1);
    }
    if (error != 0) {
        live_remove(thread);
        rt_signals_thread_ended(thread);
        thread->state = RT_THREAD_ENDED;
        thread->detached = true;
    } else {
        thread->handle = *handle;
        thread->handle_known = true;
    }
    rt_result(error != 0 ? error : (int32_t)thread->number);
    return error;
}

void rt_threads_prepare(void)
{
    if (!last_key_made) {
        last_key_made = pthread_key_create(&last_key, thread_last_step) == 0;
        rt_pool_key(last_key, true, thread_last_step);
    }
}

void rt_threads_start(void)
{
    static const char name[] = "main";
    struct rt_thread *thread = rt_thread_new();
    rt_threads_prepare();
    rt_thread_attach(thread);
    for (uint32_t at = 0; at < sizeof name; at++) {
        thread->name[at] = name[at];
    }
    rt_thread_arm(thread);
    thread->op = RT_OP_START;
    rt.holder = thread;
    __atomic_store_n(&rt.control->turn_tid, (uint32_t)thread->tid, __ATOMIC_RELAXED);
}

void rt_threads_reset(void)
{
    struct rt_thread first = { 0 };
    for (uint32_t number = 1; number < rt.threads_count; number++) {
        if (!rt.threads[number].joined) {
            /* Whatever its end had to do with us lies behind us, although it has no joiner. */
            __tsan_acquire(&rt.threads[number]);
        }
        rt.threads[number] = first;
    }
    rt.threads_count = 0;
    rt.live_count = 0;
    struct rt_thread *thread = rt_thread_new();
    first = *thread;
    *thread = (struct rt_thread){
        .turn = &thread->turn_word,
        .state = RT_THREAD_READY,
        .tid = first.tid,
        .op = RT_OP_START,
        .deadline_ns = RT_NO_DEADLINE,
        .handle = first.handle,
        .handle_known = true,
        .joiner = -1,
        .cancel_disabled = first.cancel_disabled,
        .cancel_async = first.cancel_async,
        .detached = first.detached,
    };
    memcpy(thread->name, first.name, sizeof first.name);
}

void rt_cancel_point(struct rt_thread *self)
{
    if (!self->cancel_pending || self->cancel_disabled || self->cancel_acting) {
        return;
    }
    self->cancel_acting = true;
    self->ending = true;
    rt_step_resumed(self, RT_OP_CANCELLED, NULL, (void *)self->frame);
    rt_pool_leave(self);
    RT_REAL(pthread_exit)(PTHREAD_CANCELED);
}
