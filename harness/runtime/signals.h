/* SPDX-License-Identifier: MIT
 *
 * signals.h -- the signals that the program sees: masks, what is pending, what is to be done.
 *
 * All virtual.  In the kernel a thread under control blocks all but RT_SIGNALS_REAL, so nothing
 * interrupts it unless the runtime says so (deliver.c).  A set is 64 bits, signal 1 is bit 0.
 */
#ifndef RT_SIGNALS_H
#define RT_SIGNALS_H

#include <signal.h>

#include "core.h"

#define RT_SIGNALS_COUNT 64
#define RT_SIGNAL_BIT(signo) (UINT64_C(1) << ((signo)-1))

/* Faults, which interrupt the thread that commits them; and 32 and 33, which are libc's. */
#define RT_SIGNALS_FAULTS                                                                          \
    (RT_SIGNAL_BIT(SIGSEGV) | RT_SIGNAL_BIT(SIGBUS) | RT_SIGNAL_BIT(SIGFPE) |                      \
     RT_SIGNAL_BIT(SIGILL) | RT_SIGNAL_BIT(SIGTRAP) | RT_SIGNAL_BIT(SIGSYS))
#define RT_SIGNALS_REAL (RT_SIGNALS_FAULTS | RT_SIGNAL_BIT(32) | RT_SIGNAL_BIT(33))
#define RT_SIGNALS_UNBLOCKABLE (RT_SIGNAL_BIT(SIGKILL) | RT_SIGNAL_BIT(SIGSTOP))

/* One signal that was sent and not yet taken. */
struct rt_signal_entry {
    int signo;
    uint32_t target; /* a thread, or RT_SIGNAL_PROCESS */
    uint32_t chosen; /* the thread that is to take it; RT_SIGNAL_PROCESS: any, when one can */
    int plan;        /* its place in the plan; -1: the program's own */
    siginfo_t info;
};

/* Of the process; each thread's are in struct rt_thread_signals. */
struct rt_signals {
    uint64_t pending;  /* for whoever unblocks or accepts it first */
    uint64_t expected; /* the program has shown interest: had a handler, ignored it, waited ... */
    bool stopped;      /* until SIGCONT comes */
    uint32_t chosen;   /* who is to take the signal that was sent last; RT_SIGNAL_PROCESS: nobody */
    struct sigaction actions[RT_SIGNALS_COUNT + 1];
};
extern struct rt_signals rt_signals;

static inline bool rt_signals_deliverable(const struct rt_thread *self)
{
    return ((self->signals.pending | rt_signals.pending) &
            ~(self->signals.mask | self->signals.waits_for)) != 0;
}

static inline uint64_t rt_signals_from(const sigset_t *set)
{
    return set->__val[0];
}
static inline void rt_signals_to(uint64_t signals, sigset_t *out_set)
{
    *out_set = (sigset_t){ { signals } };
}

/* ---- signals.c ---- */

/* Sends it.  0, or EAGAIN: too many are pending.  Does not return when it ends the process. */
int rt_signal_send(int signo, uint32_t target, const siginfo_t *info, int plan);
/* Takes out the next one of `signals` that is pending for self; with accepts also one that was
 * chosen for another thread, as sigwait does.  False: none is. */
bool rt_signal_take(struct rt_thread *self, uint64_t signals, bool accepts,
                    struct rt_signal_entry *out_entry);
/* One that was sent to exactly this target is pending. */
bool rt_signal_is_pending(int signo, uint32_t target);
/* ... and its timer has expired again meanwhile. */
void rt_signal_overrun(int signo, uint32_t target, int overrun);
/* The pending ones that self blocks, as sigpending says. */
uint64_t rt_signals_pending_of(const struct rt_thread *self);
void rt_signals_mask_set(struct rt_thread *self, uint64_t mask);
/* As sigsuspend and ppoll do: until the call ends, or behind the handler that ends it. */
void rt_signals_mask_swap(struct rt_thread *self, const sigset_t *mask);
void rt_signals_mask_return(struct rt_thread *self);
/* The program wants it ignored: what is pending is dropped. */
void rt_signals_discard(uint64_t signals);
/* What became of a signal of the plan. */
void rt_signal_fate(const struct rt_signal_entry *entry, enum rt_signal_fate fate,
                    const struct rt_thread *by);
void rt_signals_thread_ended(struct rt_thread *thread);
void rt_signals_forget(void); /* what is pending */
/* The execution is over: what the program ever expected. */
void rt_signals_report(void);
bool rt_signal_is_ignored(int signo);
/* Sent to target it would have no effect. */
bool rt_signal_is_dropped(int signo, uint32_t target);
bool rt_signal_kills(int signo); /* by its default action */
/* Of one to the process, sent now: the threads between which there is a choice; 1: there is
 * none. */
uint32_t rt_signal_able(int signo);
bool rt_signal_stops(int signo); /* likewise */

/* ---- deliver.c ---- */

enum rt_signals_ran { RT_RAN_NONE, RT_RAN_RESTARTS, RT_RAN_INTERRUPTS };

/* Runs the handlers of all that self can take now.  Says what the first of them does to a call that
 * it interrupted. */
enum rt_signals_ran rt_signals_run(struct rt_thread *self);
/* A handler runs on self that interrupted whatever it was. */
bool rt_signals_in_handler(const struct rt_thread *self);
/* The innermost handler of self will not return: it jumps or the thread ends.  The mask behind
 * it. */
uint64_t rt_signal_leave(struct rt_thread *self);
/* In a forked child, which is out of control: the program's mask becomes real. */
void rt_signals_in_child(const struct rt_thread *self);
/* The same until none is left; errno stays. */
void rt_signals_settle(struct rt_thread *self);
/* Makes the program's disposition real, as far as it is. */
int rt_signal_install(int signo, const struct sigaction *action, void *frame);
/* rt_signals.actions is about to change. */
void rt_signals_changing(void);
/* Ends the process as the default action of signo does. */
_Noreturn void rt_signal_die(int signo);
/* Once, in the fork server: the dispositions that executions begin with. */
void rt_signals_start(void);
/* Main's signals become virtual. */
void rt_signals_begin(struct rt_thread *self);
/* A round of a loop begins: nothing is pending, and dispositions and mask are as they were before
 * the first one, which has the mask that is given. */
void rt_signals_round(struct rt_thread *self, uint64_t mask);
/* A call of self has failed with EPIPE: the SIGPIPE that the kernel sent with it becomes virtual;
 * or without `keeps` it is forgotten. */
void rt_signals_pipe(struct rt_thread *self, bool keeps);
/* Signals that came from outside become virtual; waits so long for one.  True: one has. */
bool rt_signals_adopt(uint64_t patience_ns);
/* Sets the calling thread's mask in the kernel, for what a child or another program inherits.  The
 * one before. */
uint64_t rt_signals_kernel_mask(uint64_t mask);
/* A new thread, on itself. */
void rt_signals_attach(void);

#endif
