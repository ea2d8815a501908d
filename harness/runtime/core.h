/* SPDX-License-Identifier: MIT
 *
 * core.h -- the inside of the controlled runtime: threads, turns, steps, choices, virtual time.
 *
 * Real kernel threads, of which exactly one holds the turn and runs; the others sleep on a futex
 * word of their own.  Everything below is read and written only by who holds the turn (that is the
 * lock), except for a thread's `turn` word and what control.h marks atomic.
 * A family of calls (posix/) uses it like this:
 *
 *     struct rt_thread *self = RT_ENTER();          NULL: not under control, call the real function
 *     rt_step(self, RT_OP_SEM_WAIT, sem, RT_FRAME);   a decision; on return the step is this
 *     thread's while (real try fails because it would block) {
 *         rt_block(self, sem, RT_NO_DEADLINE);         gives up the turn until somebody wakes `sem`
 *     }
 */
#ifndef RT_CORE_H
#define RT_CORE_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "control.h"
#include "ops.h"

#define RT_NO_DEADLINE UINT64_MAX
#define RT_SPIN_STEPS 16u /* so many steps that only look, while nobody did anything: it spins */
#define RT_RUN_STEPS                                                                               \
    997u /* longest run of one thread while others could go on; a prime, so that it
                             * does not always end at the same place of a loop */
/* Plain accesses without a step before one is forced: reads with no write among them, which is what
 * a spin on a plain flag does, and accesses of any kind. */
#define RT_READS_MAX 2000u
#define RT_ACCESSES_MAX 200000u
#define RT_HELD_MAX 15u
#define RT_LINE 64 /* bytes of a cache line */
/* For arrays and what is like them.  All else then lies on few pages, and each that an execution
 * writes to is one that the kernel must copy. */
#define RT_LARGE __attribute__((section(".bss.large")))

/* The frame of the intercepted function: caller's address and stack are read from it. */
#define RT_FRAME __builtin_frame_address(0)

/* When a handler has run, RT_INTERRUPTED: the call is to fail with EINTR; RT_RESTARTED: it is to
 * begin anew, which is to look and perhaps to wait again. */
enum rt_wake { RT_WOKEN, RT_TIMED_OUT, RT_CANCELLED, RT_INTERRUPTED, RT_RESTARTED };

/* How a wait takes signals that come meanwhile.  Without INTERRUPTIBLE and KEEPS it begins anew
 * behind a handler. */
#define RT_WAIT_CANCELLABLE 1u
#define RT_WAIT_INTERRUPTIBLE 2u /* fails with EINTR ... */
#define RT_WAIT_RESTARTS 4u      /* ... unless the handler has SA_RESTART */
#define RT_WAIT_KEEPS 8u    /* keeps its place in the queue while the handler runs, and goes on */
#define RT_WAIT_FRAGILE 16u /* fails with EINTR also when the signal turns out to be ignored */
#define RT_WAIT_LOOKS 32u /* on descriptors: what is ready when the signal comes counts for more */

/* A wait whose thread runs a handler. */
struct rt_wait {
    const void *object;
    uint32_t bits;
    uint64_t arrival;
    bool woken;
    struct rt_wait *outer;
};

struct rt_signal_frame;

/* The signals of one thread, as sets of bits (signals.h). */
struct rt_thread_signals {
    uint64_t mask;
    uint64_t pending;     /* sent to it, or chosen for it */
    uint64_t waits_for;   /* it is in a call that accepts these */
    uint64_t return_mask; /* behind the next handler (sigsuspend, ppoll ...), if there is one: */
    bool return_mask_set;
    bool context_made;             /* ThreadSanitizer's for this thread */
    struct rt_signal_frame *frame; /* the innermost handler that runs */
};

struct rt_thread {
    /* One cache line: what each decision and each wake reads of every thread. */
    uint32_t state;          /* enum rt_thread_state */
    enum rt_op op;           /* the pending or last operation */
    const void *object;      /* what op is about; NULL: nothing */
    const void *wait_object; /* BLOCKED: who wakes this wakes us; NULL: only time does */
    struct rt_wait *waits;   /* under the handlers that run; NULL: none */
    uint64_t deadline_ns;    /* virtual; RT_NO_DEADLINE */
    uint64_t idle_mark;      /* rt.progress at the last step of: */
    uint32_t idle_steps;     /* steps in a row that only looked */
    uint32_t number;         /* by creation; 0 is main */
    bool demoted;            /* the strategy has been told that it spins */

    /* Another: what its own steps need. */
    uint32_t *turn __attribute__((aligned(RT_LINE))); /* atomic; futex word; 1: go */
    uint32_t turn_word;    /* that, unless the kernel thread has its own (pool.c) */
    int32_t tid;           /* 0 until it has started */
    void *const *frame;    /* of the intercepted call */
    uint64_t wait_arrival; /* order of arrival among waiters */
    uint64_t last_step;
    enum rt_wake wake;
    uint32_t wait_flags;
    uint32_t accesses; /* plain accesses since the last step */
    uint32_t reads;    /* of them, since the last write */

    uint32_t wait_bits; /* of a futex wait */
    uint32_t wait_fds_count;
    struct pollfd *wait_fds; /* waits, or has just been woken, on these; NULL: not */
    struct rt_thread_signals signals;

    pthread_t handle;
    bool handle_known;
    void *(*start)(void *);
    void *arg;
    bool detached;
    bool joined;
    bool ending; /* its start routine is over, or it has called pthread_exit */
    int joiner;  /* number of the thread that waits for its end; -1 */

    bool cancel_pending;
    bool cancel_disabled;
    bool cancel_async;
    bool cancel_acting;
    const pthread_mutex_t *held[RT_HELD_MAX]; /* mutexes, as oracles/held.c sees it */
    uint32_t held_count;                      /* RT_HELD_MAX + 1: too many, once */
    uint32_t key_rounds;                      /* how often its last TSD destructor has run */

    bool pooled;                 /* pool.c: its kernel thread will be used again */
    void *value;                 /* pooled: what its start routine returned */
    struct rt_thread *successor; /* pooled: who gets the turn behind its last step */
    char creator_name[16];
    char name[16];
};

struct rt_choice {
    uint32_t actor; /* thread number, RT_ACTOR_CLOCK or RT_ACTOR_ENV */
    enum rt_op op;
    const void *object;
};

struct rt {
    bool on;           /* this process is an execution under control */
    bool over;         /* its end has been recorded: native from here */
    bool looping;      /* the program has begun its loop (loop.c) */
    bool embedded;     /* other threads are the surrounding process's (embed.c) */
    bool timers_used;  /* a timer or timerfd has been set in this process */
    int32_t dying_tid; /* has taken its last step; gone when the kernel says so */
    struct rt_control *control;
    struct rt_thread *holder;  /* who has the turn */
    struct rt_thread *yielder; /* has just yielded: not eligible until another one took a step */
    uint64_t steps;
    uint64_t progress;  /* counts steps that may let others go on */
    uint64_t run_steps; /* steps of the holder in a row */
    uint64_t hash;
    uint64_t debug_step; /* rt_debug_stop behind this many; 0: never */
    uint64_t arrivals;   /* waits that were begun */
    uint64_t now_ns;     /* virtual, from the start of the execution */
    int32_t pid;
    uint32_t tasks_base; /* kernel threads that are not the program's */
    uint32_t threads_count;
    uint32_t live_count;
    uint16_t live[RT_THREADS_MAX]; /* numbers, ascending, of threads that have not ended */
    struct rt_thread threads[RT_THREADS_MAX];
};
extern struct rt rt;
extern __thread struct rt_thread *rt_self;

/* ---- turn.c: who runs ---- */

/* The calling thread under control, or NULL when the call is to go straight to the real
 * function. */
struct rt_thread *rt_enter_slow(void);
static inline struct rt_thread *rt_enter(void)
{
    struct rt_thread *self;
    if (__builtin_expect(!rt.on, 1)) {
        return NULL;
    }
    self = rt_self;
    return self != NULL && self == rt.holder && self->state == RT_THREAD_READY && !rt.over
               ? self
               : rt_enter_slow();
}
#define RT_ENTER() rt_enter()

/* One step: decides who goes next, and returns when it is this thread's turn to do op. */
void rt_step(struct rt_thread *self, enum rt_op op, const void *object, void *frame);
/* The same without a decision: the thread has just been given the turn. */
void rt_step_resumed(struct rt_thread *self, enum rt_op op, const void *object, void *frame);
/* Whether the step that was taken may let another thread go on, or only looked. */
void rt_progress(struct rt_thread *self, bool progress);
/* What the last step came to; goes into the hash. */
void rt_result(int32_t result);
/* Gives up the turn until `object` is woken, or the deadline has passed.  Then it is our turn.
 * Handlers run meanwhile; flags say what is to follow. */
enum rt_wake rt_wait(struct rt_thread *self, const void *object, uint64_t deadline_ns,
                     uint32_t flags);
enum rt_wake rt_block(struct rt_thread *self, const void *object, uint64_t deadline_ns);
/* Same, as a cancellation point. */
enum rt_wake rt_block_cancellable(struct rt_thread *self, const void *object, uint64_t deadline_ns);
/* Those that wait for object may go on (all of them; they retry). */
void rt_wake_all(const void *object);
void rt_wake_thread(struct rt_thread *thread, enum rt_wake why);
/* The thread has a signal to take: if it waits it may go on, to run the handler. */
/* posix/fd.c: is one of the descriptors that self waits for ready, or not open any more? */
bool rt_fd_wait_over(const struct rt_thread *self);
void rt_wake_signalled(struct rt_thread *thread);
/* Wakes up to `count` waiters, with bits != 0 only those that wait with one of them; which is a
 * decision. Returns how many. */
uint32_t rt_wake_some(struct rt_thread *self, const void *object, uint32_t count, uint32_t bits);
/* Is anybody waiting for object? */
bool rt_has_waiters(const void *object);
/* One of `count` possibilities, a decision. */
uint32_t rt_choose(struct rt_thread *self, uint32_t count);
/* The thread has taken its last step. */
void rt_turn_leave(struct rt_thread *self);
/* The same in two parts, for a thread that goes on to exist: who is next, and the hand-over. */
struct rt_thread *rt_turn_next(void);
void rt_turn_pass(struct rt_thread *next);
/* Sleeps until the turn is given to self, whose word is `turn`. */
void rt_turn_await(struct rt_thread *self, uint32_t *turn);

/* ---- registry.c: threads ---- */
struct rt_thread *rt_thread_new(void);
void rt_thread_ended(struct rt_thread *thread);
struct rt_thread *rt_thread_find(pthread_t handle);
struct rt_thread *rt_thread_by_tid(int32_t tid);
void rt_threads_prepare(void); /* once for all executions */
void rt_threads_start(void);   /* main becomes thread 0 */
void rt_thread_attach(struct rt_thread *self);
void rt_thread_arm(struct rt_thread *self); /* so that it will take a last step */
void rt_threads_reset(void);                /* nobody but main is left; forgets all others */
int rt_thread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *),
                     void *arg, void *frame);
/* Acts on a pending cancellation request, if the thread admits it; does not return then. */
void rt_cancel_point(struct rt_thread *self);

/* ---- object.c: numbers instead of addresses ---- */
uint32_t rt_object_display(const void *address);  /* by first use; for people */
uint32_t rt_object_creation(const void *address); /* by creation; 0: never created explicitly */
/* Both; the display number. */
uint32_t rt_object_look(const void *address, uint32_t *out_creation);
void rt_object_create(const void *address);
void rt_object_destroy(const void *address);
void rt_objects_reset(void);

/* ---- trace.c ---- */
void rt_trace_step(uint32_t actor, enum rt_op op, const void *object, void *const *frame);
void rt_trace_result(int32_t result);
/* The same for people only: not in the hash. */
void rt_trace_shown(int32_t result);
/* A step that is no call: pc is what it is about. */
void rt_trace_place(uint32_t actor, enum rt_op op, const void *object, const void *pc,
                    int32_t result);
void rt_trace_decision(uint32_t value);

/* ---- clock.c: virtual time ---- */
bool rt_clock_pending(void);   /* a timer's; a thread's deadline is seen by who asks (turn.c) */
void rt_clock_advance(void);   /* to the earliest deadline */
uint64_t rt_clock_ahead(void); /* so far is that; RT_NO_DEADLINE: there is none */
/* What a clock shows now; false: not a clock that is kept virtual. */
bool rt_clock_read(clockid_t clock, struct timespec *out_time);
struct timespec rt_clock_last(void); /* what rt_clock_read gave last */
/* An absolute time as deadline.  False: not a valid time or clock. */
bool rt_clock_deadline(clockid_t clock, const struct timespec *time, uint64_t *out_deadline_ns);
bool rt_clock_timeout(const struct timespec *duration, uint64_t *out_deadline_ns);

/* ---- verdict.c ---- */
/* Ends the execution with a verdict.  text is completed by up to two words. */
_Noreturn void rt_stop(enum rt_stop stop, const struct rt_thread *who, const char *text,
                       const char *first, const char *second);
void rt_end_exit(int status, bool known);
void rt_end_killed(int signo); /* at once, by the default action of signo */

/* ---- modules.c: what lies where ---- */
void rt_modules_start(void); /* before the first execution */
void rt_modules_begin(void); /* of an execution */
void rt_modules_end(void);   /* its end is to be reported: what was loaded since, too */

/* ---- debug.c ---- */
/* In an execution that is debugged: returns when a debugger has attached. */
void rt_debug_await(void);
/* The debugger's breakpoint: all threads stand still at what matters.  Does nothing by itself. */
void rt_debug_stop(void);

/* ---- server.c ---- */
void rt_final_handler(void);
/* What the program gets as randomness. */
void rt_random_fill(void *target, size_t size);
/* An execution begins: chooses what depends on the seed.  The state of the last one is gone. */
void rt_seed_begin(void);
/* ---- batch.c ---- */
/* In the fork server, behind an execution: keeps its result, and makes all ready for the next one.
 * False: it is the last of the command, or whether it passed is to be judged. */
bool rt_batch_next(int status);
void rt_batch_start(void);    /* before the first execution */
void rt_batch_in_child(void); /* which is an execution */
/* ---- loop.c ---- */
/* The results and the runtime's state at the start of an execution, whatever came before in this
 * process; but not what is chosen by the seed, nor signals. */
void rt_results_reset(struct rt_control *control);
/* These, and how the execution ended. */
void rt_results_forget(struct rt_control *control);
void rt_round_reset(void);

/* ---- embed.c ---- */
/* The end of the process was recorded.  Does not return in an embedded execution. */
void rt_embed_over(void);
/* In an embedded execution: exit() without the handlers, which are the surrounding process's; and
 * before a real abort(). */
void rt_embed_exit(struct rt_thread *self, int status);
void rt_embed_abort(void);
/* ---- verdict.c: kernel threads that are not the program's ---- */
void rt_tasks_begin(void);
void rt_tasks_surround(void); /* all that there are besides us are somebody else's */
/* ThreadSanitizer starts one of its own with the first thread; `own` are the program's by then. */
void rt_tasks_first_thread(uint32_t own);
void rt_tasks_check(void); /* no kernel thread that is not ours; or stops */

/* ---- idle.c ---- */
/* Nobody can go on: waits for the outside if it could let somebody; not much longer than
 * patience_ns.  RT_NO_DEADLINE: time cannot help.  False: nothing came. */
bool rt_outside_poll(uint64_t patience_ns);
/* Only those can go on who look again and again: what the outside has done, without a wait. */
bool rt_outside_glance(void);

/* ---- posix/fd.c ---- */
void rt_fd_forked(void);   /* a child may hold the other end of anything */
void rt_fd_in_child(void); /* this is that child */

#endif
