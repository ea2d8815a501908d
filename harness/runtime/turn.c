/* SPDX-License-Identifier: MIT
 *
 * turn.c -- who runs: turns by futex hand-off, decisions, blocking and waking.
 *
 * The holder of the turn runs everything in this file; the turn is the only lock.  A thread parks
 * only in rt_turn_await, on its own futex word, by a raw system call: no sanitizer sees an edge, so
 * races between threads that were run one after the other are still reported.
 * Fairness: a thread that only looks (loads, failed tries) while nobody does anything, one that has
 * just yielded, and one that has run RT_RUN_STEPS in a row stand back as long as anybody else can
 * go on.
 */
#include "core.h"
#include "environment.h"
#include "oracles/unsafe.h"
#include "signals.h"
#include "strategy.h"
#include "sys.h"

struct rt rt RT_LARGE __attribute__((aligned(4096)));
__thread struct rt_thread *rt_self;

static const uint8_t op_progress[RT_OP_COUNT] = {
#define X(name, word, progress) progress,
    RT_OPS(X)
#undef X
};

struct rt_thread *rt_enter_slow(void)
{
    struct rt_thread *self = rt_self;
    if (rt.over || (self == NULL && rt.embedded)) {
        return NULL;
    }
    if (self == NULL) {
        rt_stop(RT_STOP_UNSUPPORTED, NULL,
                "a thread that was not started through pthread_create took a step", "", "");
    }
    if (self->state == RT_THREAD_ENDED) {
        return NULL; /* what libc does behind its last step */
    }
    if (self != rt.holder) {
        rt_stop(RT_STOP_UNSUPPORTED, self,
                "a signal handler ran while its thread did not have the turn", "", "");
    }
    return self;
}

static void turn_give(struct rt_thread *next)
{
    rt.holder = next;
    rt.run_steps = 0;
    __atomic_store_n(next->turn, 1, __ATOMIC_RELEASE);
    rt_futex_wake(next->turn);
}

/* The first thread stays as a zombie until the process ends. */
static bool first_thread_gone(void)
{
    char text[256];
    long fd = RT_SYS4(SYS_openat, -100 /* AT_FDCWD */, "/proc/self/stat", 0, 0);
    if (fd < 0) {
        return true;
    }
    long size = RT_SYS3(SYS_read, fd, text, sizeof text);
    (void)RT_SYS1(SYS_close, fd);
    while (size > 2 && text[size - 1] != ')') {
        size--; /* the name may hold anything, what follows no bracket */
    }
    return size <= 2 || text[size + 1] == 'Z';
}

/* A thread's last step ends when the kernel has forgotten it: nothing runs beside us. */
static bool thread_gone(int32_t tid)
{
    return tid == rt.pid ? first_thread_gone() : RT_SYS3(SYS_tgkill, rt.pid, tid, 0) != 0;
}

void rt_turn_await(struct rt_thread *self, uint32_t *turn)
{
    while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) == 0) {
        rt_futex_wait(turn, 0);
    }
    __atomic_store_n(turn, 0, __ATOMIC_RELAXED);
    while (rt.dying_tid != 0 && !thread_gone(rt.dying_tid)) {
        (void)RT_SYS0(SYS_sched_yield);
    }
    rt.dying_tid = 0;
    __atomic_store_n(&rt.control->turn_tid, (uint32_t)self->tid, __ATOMIC_RELAXED);
}

static bool turn_spins(const struct rt_thread *thread)
{
    return thread->idle_steps >= RT_SPIN_STEPS && thread->idle_mark == rt.progress;
}

static void turn_demote(struct rt_thread *thread)
{
    if (rt_strategy->demote != NULL) {
        rt_strategy->demote(thread->number);
    }
}

/* All that can go on but stand back: in turn, the one that has waited longest first. */
static struct rt_thread *turn_pick_spinner(void)
{
    struct rt_thread *oldest = NULL;
    for (uint32_t at = 0; at < rt.live_count && !rt_signals.stopped; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state == RT_THREAD_READY &&
            (oldest == NULL || thread->last_step < oldest->last_step)) {
            oldest = thread;
        }
    }
    return oldest;
}

/* Fills in who is eligible.  Returns how many; *out_timed: somebody waits for time. */
static uint32_t turn_enabled(struct rt_choice *choices, bool *out_timed)
{
    uint32_t count = 0;
    bool timed = false;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->state != RT_THREAD_READY) {
            timed = timed ||
                    (thread->state == RT_THREAD_BLOCKED && thread->deadline_ns != RT_NO_DEADLINE);
            continue;
        }
        if (thread == rt.yielder || rt_signals.stopped) {
            continue;
        }
        if (turn_spins(thread)) {
            if (!thread->demoted) {
                thread->demoted = true;
                turn_demote(thread);
            }
            continue;
        }
        thread->demoted = false;
        choices[count++] = (struct rt_choice){ thread->number, thread->op, thread->object };
    }
    *out_timed = timed;
    return count;
}

/* forced: nobody could go on but by time. */
static void turn_tick(bool forced)
{
    uint64_t before_ns = rt.now_ns;
    void *const until[2] = { NULL, (void *)(uintptr_t)(before_ns + rt_clock_ahead()) };
    rt_trace_step(RT_ACTOR_CLOCK, RT_OP_CLOCK, NULL, until);
    rt.progress++;
    rt_clock_advance();
    if (forced && rt.control->stop_sent != 0) {
        rt.control->late_ns += rt.now_ns - before_ns;
    }
}

/* No thread can go on but, perhaps, one that only spins: time moves, the environment acts, or the
 * thread that is returned spins on.  NULL: look again. */
static struct rt_thread *turn_pick_idle(bool clock)
{
    struct rt_thread *spinner = turn_pick_spinner();
    if (clock && rt.yielder == NULL) {
        if (spinner != NULL || !rt_outside_poll(rt_clock_ahead())) {
            turn_tick(true);
        }
        return NULL;
    }
    if (spinner != NULL && clock && turn_spins(spinner)) {
        turn_tick(true);
        return NULL;
    }
    if (spinner != NULL) {
        return rt_outside_glance() ? NULL : spinner;
    }
    if (clock) {
        turn_tick(true);
        return NULL;
    }
    if (rt_outside_poll(RT_NO_DEADLINE)) {
        return NULL;
    }
    rt_stop(RT_STOP_HANG, NULL,
            rt_signals.stopped ? "the program was stopped by a signal, and nobody continues it"
                               : "no thread can ever run again",
            "", "");
}

/* Decides who takes the next step.  Never returns when nobody can. */
static struct rt_thread *turn_pick(void)
{
    static struct rt_choice choices[RT_THREADS_MAX + 2] RT_LARGE;
    for (;;) {
        if (rt.run_steps >= RT_RUN_STEPS && rt.holder->state == RT_THREAD_READY) {
            rt.run_steps = 0;
            rt.yielder = rt.holder;
            turn_demote(rt.holder);
        }
        bool clock;
        uint32_t count = turn_enabled(choices, &clock);
        clock = clock || (rt.timers_used && rt_clock_pending());
        bool environment = rt_environment_pending();
        if (count == 0 && !environment) {
            struct rt_thread *spinner = turn_pick_idle(clock);
            if (spinner != NULL) {
                return spinner;
            }
            continue;
        }
        struct rt_thread *busy = count == 0 ? turn_pick_spinner() : NULL;
        if (busy != NULL && !turn_spins(busy)) {
            /* It has yielded, or run for very long, but nobody else can go on. */
            choices[count++] = (struct rt_choice){ busy->number, busy->op, busy->object };
        } else if (clock) {
            choices[count++] = (struct rt_choice){ RT_ACTOR_CLOCK, RT_OP_CLOCK, NULL };
        }
        if (environment) {
            choices[count++] = (struct rt_choice){ RT_ACTOR_ENV, RT_OP_SIGNAL, NULL };
        }
        uint32_t index = count > 1 ? rt_strategy_pick(choices, count) : 0;
        if (choices[index].actor == RT_ACTOR_CLOCK) {
            turn_tick(false);
        } else if (choices[index].actor == RT_ACTOR_ENV) {
            rt.progress++;
            rt_environment_act();
        } else {
            return &rt.threads[choices[index].actor];
        }
    }
}

/* Lets whoever is chosen go on; returns when it is our turn (again). */
static void turn_switch(struct rt_thread *self)
{
    struct rt_thread *next = turn_pick();
    if (next != self) {
        turn_give(next);
        rt_turn_await(self, self->turn);
    }
}

static void step_begin(struct rt_thread *self, enum rt_op op, const void *object, void *frame)
{
    self->op = op;
    self->object = object;
    self->frame = frame;
}

void rt_progress(struct rt_thread *self, bool progress)
{
    if (progress) {
        rt.progress++;
        self->idle_steps = 0;
    } else if (self->idle_mark != rt.progress) {
        self->idle_mark = rt.progress;
        self->idle_steps = 1;
    } else {
        self->idle_steps++;
    }
}

/* The step is taken: counts it, and keeps the books of fairness. */
static void step_commit(struct rt_thread *self)
{
    if (rt.yielder != self) {
        rt.yielder = NULL;
    }
    if (self->op == RT_OP_YIELD) {
        rt.yielder = self;
    }
    self->accesses = 0;
    self->reads = 0;
    self->last_step = rt.steps;
    rt.run_steps++;
    if (op_progress[self->op] != 2) {
        rt_progress(self, op_progress[self->op] == 1);
    }
    rt_trace_step(self->number, self->op, self->object, self->frame);
    if (rt.steps >= rt.control->steps_max) {
        rt_stop(RT_STOP_LIVELOCK, self, "the bound on steps was reached: somebody runs for ever",
                "", "");
    }
}

void rt_step(struct rt_thread *self, enum rt_op op, const void *object, void *frame)
{
    if (__builtin_expect(rt_unsafe_handlers != 0, 0)) {
        rt_unsafe_step(self, op, frame);
    }
    step_begin(self, op, object, frame);
    turn_switch(self);
    while (__builtin_expect(rt_signals_deliverable(self), 0)) {
        (void)rt_signals_run(self);
        turn_switch(self);
    }
    step_commit(self);
    if (__builtin_expect(self->cancel_async && self->cancel_pending, 0)) {
        rt_cancel_point(self);
    }
}

void rt_step_resumed(struct rt_thread *self, enum rt_op op, const void *object, void *frame)
{
    step_begin(self, op, object, frame);
    step_commit(self);
}

/* Gives up the turn, once. */
static void wait_once(struct rt_thread *self, const void *object, uint64_t deadline_ns,
                      uint32_t flags, uint64_t arrival)
{
    self->state = RT_THREAD_BLOCKED;
    self->wait_object = object;
    self->wait_arrival = arrival;
    self->wait_flags = flags;
    self->deadline_ns = deadline_ns;
    self->wake = RT_WOKEN;
    turn_switch(self);
    self->wait_flags = 0;
    self->deadline_ns = RT_NO_DEADLINE;
}

/* Runs the handlers that are due.  What the wait comes to by that; with *out_again: to nothing, it
 * goes on. */
static enum rt_wake wait_handlers(struct rt_thread *self, struct rt_wait *wait, uint32_t flags,
                                  enum rt_wake wake, bool *out_again)
{
    enum rt_signals_ran ran = RT_RAN_NONE;
    uint64_t waits_for = self->signals.waits_for;
    self->wait_object = NULL;
    self->signals.waits_for = 0;
    if ((flags & RT_WAIT_LOOKS) != 0 && wake == RT_INTERRUPTED && rt_fd_wait_over(self)) {
        wake = RT_WOKEN;
    }
    wait->outer = self->waits;
    self->waits = (flags & RT_WAIT_KEEPS) != 0 ? wait : self->waits;
    do {
        enum rt_signals_ran now = rt_signals_run(self);
        ran = ran == RT_RAN_NONE ? now : ran;
        turn_switch(self);
    } while (rt_signals_deliverable(self));
    self->waits = wait->outer;
    self->signals.waits_for = waits_for;
    *out_again = false;
    if (wake != RT_INTERRUPTED || wait->woken) {
        return wake != RT_INTERRUPTED ? wake : RT_WOKEN;
    }
    if ((flags & RT_WAIT_CANCELLABLE) != 0 && self->cancel_pending && !self->cancel_disabled) {
        return RT_CANCELLED;
    }
    if (ran == RT_RAN_NONE && (flags & RT_WAIT_FRAGILE) != 0) {
        return RT_INTERRUPTED;
    }
    *out_again = ran == RT_RAN_NONE || (flags & RT_WAIT_KEEPS) != 0;
    if ((flags & RT_WAIT_INTERRUPTIBLE) != 0 &&
        ((flags & RT_WAIT_RESTARTS) == 0 || ran != RT_RAN_RESTARTS)) {
        return RT_INTERRUPTED;
    }
    return RT_RESTARTED;
}

enum rt_wake rt_wait(struct rt_thread *self, const void *object, uint64_t deadline_ns,
                     uint32_t flags)
{
    struct rt_wait wait = { object, self->wait_bits, ++rt.arrivals, false, NULL };
    if ((flags & RT_WAIT_CANCELLABLE) != 0 && self->cancel_pending && !self->cancel_disabled) {
        return RT_CANCELLED;
    }
    for (;;) {
        rt_trace_result(-1); /* shown as "waits" */
        if (rt_signals_deliverable(self)) {
            self->wake = RT_INTERRUPTED;
        } else {
            wait_once(self, object, deadline_ns, flags, wait.arrival);
        }
        enum rt_wake wake = self->wake;
        bool again = wake == RT_INTERRUPTED;
        if (rt_signals_deliverable(self)) {
            wake = wait_handlers(self, &wait, flags, wake, &again);
        }
        if (!again) {
            self->wait_object = NULL;
            return wake;
        }
        if (deadline_ns <= rt.now_ns) {
            self->wait_object = NULL;
            return RT_TIMED_OUT;
        }
        self->wait_bits = wait.bits;
        rt_step_resumed(self, self->op, self->object, (void *)self->frame);
    }
}

enum rt_wake rt_block(struct rt_thread *self, const void *object, uint64_t deadline_ns)
{
    return rt_wait(self, object, deadline_ns, 0);
}

enum rt_wake rt_block_cancellable(struct rt_thread *self, const void *object, uint64_t deadline_ns)
{
    return rt_wait(self, object, deadline_ns, RT_WAIT_CANCELLABLE);
}

void rt_wake_thread(struct rt_thread *thread, enum rt_wake why)
{
    thread->state = RT_THREAD_READY;
    thread->wake = why;
    thread->wait_object = NULL;
    thread->deadline_ns = RT_NO_DEADLINE;
}

void rt_wake_signalled(struct rt_thread *thread)
{
    if (thread->state == RT_THREAD_BLOCKED) {
        thread->state = RT_THREAD_READY;
        thread->wake = RT_INTERRUPTED;
        if ((thread->wait_flags & RT_WAIT_KEEPS) == 0) {
            thread->wait_object = NULL;
        }
    }
}

void rt_wake_all(const void *object)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->wait_object == object) {
            rt_wake_thread(thread, RT_WOKEN);
        }
        for (struct rt_wait *wait = thread->waits; wait != NULL; wait = wait->outer) {
            wait->woken = wait->woken || wait->object == object;
        }
    }
}

bool rt_has_waiters(const void *object)
{
    for (uint32_t at = 0; at < rt.live_count; at++) {
        const struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->wait_object == object) {
            return true;
        }
        for (struct rt_wait *wait = thread->waits; wait != NULL; wait = wait->outer) {
            if (wait->object == object && !wait->woken) {
                return true;
            }
        }
    }
    return false;
}

/* A place in an object's queue. */
struct waiter {
    struct rt_thread *thread;
    struct rt_wait *wait; /* NULL: the thread's own, no handler is above it */
    uint64_t arrival;
};

/* By arrival, so that possibility 0 is the one that waits longest. */
static void waiter_add(struct waiter *waiters, uint32_t count, struct waiter waiter)
{
    uint32_t place = count;
    for (; place > 0 && waiters[place - 1].arrival > waiter.arrival; place--) {
        waiters[place] = waiters[place - 1];
    }
    waiters[place] = waiter;
}

static uint32_t waiters_find(struct waiter *waiters, const void *object, uint32_t bits)
{
    uint32_t found = 0;
    for (uint32_t at = 0; at < rt.live_count; at++) {
        struct rt_thread *thread = &rt.threads[rt.live[at]];
        if (thread->wait_object == object && (bits == 0 || (thread->wait_bits & bits) != 0)) {
            waiter_add(waiters, found++, (struct waiter){ thread, NULL, thread->wait_arrival });
        }
        for (struct rt_wait *wait = thread->waits; wait != NULL; wait = wait->outer) {
            if (wait->object == object && !wait->woken && found < RT_THREADS_MAX) {
                waiter_add(waiters, found++, (struct waiter){ thread, wait, wait->arrival });
            }
        }
    }
    return found;
}

uint32_t rt_wake_some(struct rt_thread *self, const void *object, uint32_t count, uint32_t bits)
{
    static struct waiter waiters[RT_THREADS_MAX] RT_LARGE;
    uint32_t woken = 0;
    while (woken < count) {
        uint32_t found = waiters_find(waiters, object, bits);
        if (found == 0) {
            break;
        }
        const struct waiter *waiter = &waiters[rt_choose(self, found)];
        if (waiter->wait != NULL) {
            waiter->wait->woken = true;
        } else {
            rt_wake_thread(waiter->thread, RT_WOKEN);
        }
        woken++;
    }
    return woken;
}

uint32_t rt_choose(struct rt_thread *self, uint32_t count)
{
    (void)self;
    return count > 1 ? rt_strategy_choose(count) : 0;
}

struct rt_thread *rt_turn_next(void)
{
    return turn_pick();
}

void rt_turn_pass(struct rt_thread *next)
{
    turn_give(next);
}

void rt_turn_leave(struct rt_thread *self)
{
    struct rt_thread *next = turn_pick();
    rt.dying_tid = self->tid;
    turn_give(next);
}
