/* SPDX-License-Identifier: MIT
 *
 * control.h -- the memory and the messages that a controller and a program under control share.
 *
 * The controller makes a memfd of sizeof(struct rt_control), fills in the requests, and starts the
 * program with RT_CONTROL_ENV.  The runtime answers as a fork server: for each RT_COMMAND_RUN it
 * forks a child, which is one execution (or, if the program loops, a batch of them), perhaps
 * others behind it while they pass (batch.c), and reports the wait status of the last.  Results are
 * valid from that report until the next command. The layout is private to one build of Curfew: the
 * version changes with it and is checked at start.
 */
#ifndef RT_CONTROL_H
#define RT_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "ops.h"
#include "oracles/table.h"

#define RT_CONTROL_ENV "CURFEW_CONTROL" /* "SHM-FD:COMMAND-FD:REPORT-FD" */
#define RT_CONTROL_MAGIC 0x6c746372u
#define RT_CONTROL_VERSION 9u

/* The section that marks a program as linked with the runtime; it holds RT_MARK_TSAN or _FAST. */
#define RT_MARK_SECTION ".curfew"
#define RT_MARK_TSAN "curfew-runtime-1-tsan"
#define RT_MARK_FAST "curfew-runtime-1-fast"

#define RT_THREADS_MAX 1024u
#define RT_FRAMES_MAX 24u
#define RT_MODULES_MAX 64u
#define RT_OBJECTS_MAX 4096u
#define RT_EVENTS_MAX (1u << 20)
#define RT_DECISIONS_MAX (1u << 20)

#define RT_BATCH_MAX 4096u
#define RT_TLS_MAX 256u

#define RT_COMMAND_RUN 'R'

enum rt_report_kind { RT_REPORT_HELLO = 1, RT_REPORT_STARTED, RT_REPORT_ENDED, RT_REPORT_REFUSED };

/* What the fork server writes to the report pipe. */
struct rt_report {
    uint32_t kind;
    int32_t value; /* HELLO: 0; STARTED, for a debugger: the pid; ENDED: the wait status;
                    * REFUSED: why, an errno */
};

/* How an execution ended, as far as the runtime knows. */
enum rt_end {
    RT_END_NONE,    /* it did not say: killed, crashed, or left by a bypass */
    RT_END_EXIT,    /* exit() ran to its last handler, or _exit() */
    RT_END_STOPPED, /* the runtime stopped it: see stop_verdict */
    RT_END_KILLED,  /* by a signal's default action: see killed_by */
};

/* Verdicts that the runtime itself can reach, as words of harness/verdict.h. */
enum rt_stop {
    RT_STOP_NONE,
    RT_STOP_HANG,
    RT_STOP_LIVELOCK,
    RT_STOP_ORACLE, /* see stop_oracle */
    RT_STOP_UNSUPPORTED,
    RT_STOP_DIVERGED,
    RT_STOP_INTERNAL,
    RT_STOP_USAGE, /* the strategy refused its parameters */
};

/* What another program got from the one under test, by exec. */
#define RT_INHERITED_BLOCKED 1u
#define RT_INHERITED_IGNORED 2u
#define RT_INHERITED_DESCRIPTOR 4u

#define RT_ACTOR_CLOCK 0xfffeu /* not a thread: virtual time moves on */
#define RT_ACTOR_ENV 0xfffdu   /* not a thread: the environment sends the plan's next signal */

/* ---- the plan of signals ---- */

#define RT_SIGNALS_MAX 64u
#define RT_SIGNAL_PROCESS 0xffffu
#define RT_SIGNAL_NAMED 0xfffeu

struct rt_signal {
    uint16_t signo;
    uint16_t target; /* RT_SIGNAL_PROCESS, a thread's number, or RT_SIGNAL_NAMED */
    uint32_t count;  /* so many, one after the other */
    char name[16];   /* of the thread that is meant, as ps shows it */
};

/* ---- edits of a base schedule: strategy `case` (docs/fuzzing.md) ---- */

#define RT_RECORDS_MAX 128u

/* What to do at one decision.  X(NAME, word, help); the place is the code in case files: append. */
#define RT_RECORDS(X)                                                                              \
    X(NONE, "none", "nothing")                                                                     \
    X(SWITCH, "switch", "another thread goes on: argument, modulo those that can")                 \
    X(RESEED, "reseed", "a new seed for all that follows, made of the old one and the argument")   \
    X(SIGNAL, "signal",                                                                            \
      "the plan's next signal; argument, modulo those that can take it: to whom")                  \
    X(TIMEOUT, "timeout", "time moves on, although somebody could go on")                          \
    X(CHOOSE, "choose", "the next choice among waiters: argument, modulo their number")

/* What positions are counted from.  X(NAME, word, help); likewise. */
#define RT_PHASES(X)                                                                               \
    X(START, "start", "main is alone")                                                             \
    X(RUNNING, "running", "a thread was started")                                                  \
    X(STOPPING, "stopping", "a signal of the plan was sent")                                       \
    X(JOINING, "joining", "... and then a thread has ended, or main joins one")                    \
    X(EXIT, "exit", "the process is in exit()")

/* Whose schedule it is that records edit.  X(strategy); likewise. */
#define RT_CASE_BASES(X) X(random) X(pct) X(slice) X(rr)

enum rt_record_kind {
#define X(name, word, help) RT_RECORD_##name,
    RT_RECORDS(X)
#undef X
        RT_RECORD_COUNT
};
enum rt_phase {
#define X(name, word, help) RT_PHASE_##name,
    RT_PHASES(X)
#undef X
        RT_PHASE_COUNT
};
enum rt_case_base {
#define X(name) RT_CASE_BASE_##name,
    RT_CASE_BASES(X)
#undef X
        RT_CASE_BASE_COUNT
};

struct rt_record {
    uint16_t position; /* decisions since the phase began */
    uint8_t phase;     /* enum rt_phase */
    uint8_t kind;      /* enum rt_record_kind */
    uint8_t argument;
    uint8_t unused; /* 0 */
};

/* ---- edits at numbered decisions: strategy `sweep` ---- */

#define RT_EDITS_MAX 16u
#define RT_EDIT_LAST UINT32_MAX /* a signal's decision: when nobody else can go on */
#define RT_EDIT_NEVER (UINT32_MAX - 1)
#define RT_POINTS_MAX (1u << 16)

enum rt_edit_kind {
    RT_EDIT_SIGNAL, /* the plan's next signal; argument: to which of those that can take it */
    RT_EDIT_SWITCH, /* argument: which thread goes on, of those the base schedule did not choose */
};

struct rt_edit {
    uint32_t decision; /* ascending */
    uint16_t kind;     /* enum rt_edit_kind */
    uint16_t argument;
    uint32_t signal; /* of the plan, counted one by one: it is held back until then */
};

/* A place where a survey's last edit could be. */
struct rt_point {
    uint32_t decision;
    uint32_t able; /* arguments that differ, at least 1 */
    uint32_t step;
};

/* What became of a signal.  X(NAME, text) */
#define RT_SIGNAL_FATES(X)                                                                         \
    X(UNSENT, "not sent: the program ended before")                                                \
    X(PENDING, "pending at the end")                                                               \
    X(HANDLED, "handled")                                                                          \
    X(ACCEPTED, "accepted by a call that waits for it")                                            \
    X(IGNORED, "ignored")                                                                          \
    X(COALESCED, "one of the same number was pending already")                                     \
    X(TERMINATED, "ended the program by its default action")                                       \
    X(STOPPED, "stopped the program by its default action")                                        \
    X(GONE, "its thread had ended")

enum rt_signal_fate {
#define X(name, text) RT_SIGNAL_##name,
    RT_SIGNAL_FATES(X)
#undef X
        RT_SIGNAL_FATE_COUNT
};

/* Of one signal of the plan; with a count above 1: of the last that was sent or taken. */
struct rt_signal_report {
    uint64_t sent_step;
    uint64_t taken_step;
    uint32_t fate; /* enum rt_signal_fate */
    uint32_t sent;
    uint32_t taken;    /* handled, accepted or ignored */
    uint32_t thread;   /* who took it; RT_SIGNAL_PROCESS: nobody */
    uint32_t expected; /* the program has ever shown interest: a handler, a wait ... */
};

struct rt_event {
    uint64_t pc;     /* the call's return address; of the clock: until when, in ns */
    uint32_t object; /* display number; 0: none */
    int32_t result;  /* as far as it says something */
    uint16_t actor;
    uint16_t op;   /* enum rt_op */
    uint32_t hash; /* the low half of the trace hash after this step */
};

enum rt_thread_state {
    RT_THREAD_FREE,
    RT_THREAD_READY,   /* can take its next step */
    RT_THREAD_BLOCKED, /* waits for an object, or for time */
    RT_THREAD_ENDED,   /* its last step is over */
};

struct rt_thread_report {
    char name[16];
    uint64_t deadline_ns; /* virtual; 0: none */
    uint64_t frames[RT_FRAMES_MAX];
    uint32_t frames_count;
    uint32_t state;
    uint32_t op;     /* the pending or last operation */
    uint32_t object; /* display number */
    int32_t holder;  /* thread number; -1: nobody or unknown */
    uint32_t detached;
    int32_t tid;
    uint32_t waits_for_thread; /* 1: object is a thread's number */
    uint64_t object_address;   /* for the name of a static object */
};

struct rt_module {
    char path[256];
    uint64_t base;
    uint64_t end;
};

/* An execution of a batch that passed (loop.c, batch.c). */
struct rt_batch_result {
    uint64_t hash;
    uint64_t steps;
    uint64_t clock_ns;
    uint32_t threads;
    uint32_t outside;
    uint32_t signals; /* of the plan, that were sent */
};

/* A thread-local variable of the program, in its module's block. */
struct rt_tls {
    uint32_t offset;
    uint32_t size;
};

struct rt_control {
    uint32_t magic;
    uint32_t version;

    /* Requests: written by the controller. */
    uint64_t seed; /* the process moves it on, to that of its last execution */
    uint64_t steps_max;
    char strategy[32];
    char strategy_params[96];
    uint32_t points_access;  /* plain accesses are switch points too */
    uint32_t cpus;           /* what the program is told */
    uint32_t expected_steps; /* for strategies that want to know; 0: unknown */
    uint32_t expected_reach; /* when no signal comes; half of the seeds go by it if it is longer */
    uint32_t oracles;        /* set of RT_ORACLE_BIT: the rules that are looked at */
    uint32_t replay_count;   /* decisions to replay, at replay[] */
    uint32_t debug;          /* wait for a debugger, and stop for it at the verdict */
    uint64_t debug_step;     /* ... and behind this many steps; 0: not before */
    uint32_t batch;          /* executions for one process, if the program loops; at least 1 */
    uint64_t batch_stride;   /* between their seeds */
    uint32_t processes;      /* atomic; for one command, one after the other while they pass */
    int32_t ledger_fd;       /* of the fork server; -1: there is none */
    uint64_t ledger_owner;   /* place in the ledger of who has attached; 0: nobody */
    uint32_t tls_known;      /* tls[] holds all of the program's own thread-local variables */
    uint32_t tls_count;
    uint32_t signals_count;
    struct rt_signal signals[RT_SIGNALS_MAX];
    uint32_t case_base;     /* of strategy `case`: enum rt_case_base */
    uint32_t records_count; /* in ascending order of phase and position */
    struct rt_record records[RT_RECORDS_MAX];
    uint32_t edits_count; /* of strategy `sweep`, as all up to the results */
    struct rt_edit edits[RT_EDITS_MAX];
    uint32_t survey;     /* write points[], for this edit, counted from 1; 0: do not */
    uint32_t hold_steps; /* a signal that an edit places is held back for so long at most */

    /* Results: written by the execution; atomic where the watchdog reads them meanwhile. */
    int32_t pid;    /* atomic; the process of the execution; 0: not started yet */
    uint64_t steps; /* atomic */
    uint64_t hash;
    uint64_t clock_ns;                        /* virtual time that has passed */
    uint32_t phase_decisions[RT_PHASE_COUNT]; /* by strategy `case`: how many each phase had */
    uint32_t turn_tid;                        /* atomic; who runs */
    uint32_t turn_op;                         /* atomic; its last operation */
    uint64_t turn_pc;                         /* atomic */
    uint32_t end;                             /* enum rt_end */
    uint32_t stop;                            /* enum rt_stop */
    uint32_t stop_oracle;
    uint32_t stop_sent; /* TERM, INT or QUIT of the plan */
    uint64_t late_ns;   /* virtual time since the first stop signal, in which nobody could go on */
    uint32_t children_left; /* processes that were not waited for */
    uint32_t inherited;     /* set of RT_INHERITED_*; by a child of the program */
    uint32_t races;         /* reports of ThreadSanitizer */
    uint32_t outside;       /* decisions or results depended on something outside */
    int32_t exit_status;    /* what exit() was given, if known; -1 */
    uint32_t threads_count;
    uint32_t threads_alive; /* at the end, besides the thread that ended the process */
    uint32_t stop_thread;   /* who was judged */
    uint32_t killed_by;     /* the signal whose default action ended it; 0 */
    struct rt_signal_report signal_reports[RT_SIGNALS_MAX];
    uint32_t modules_count;
    uint32_t events_count;
    uint32_t decisions_count;
    uint32_t decisions_lost; /* log full */
    uint32_t loops;          /* the program has called curfew_loop */
    uint32_t batch_done;     /* atomic; so many of the batch have passed, the next one is judged */
    uint32_t objects_count;
    uint64_t objects[RT_OBJECTS_MAX]; /* addresses by display number, from 1: for names */
    char message[512];                /* what stop is about, one line */
    struct rt_module modules[RT_MODULES_MAX];
    struct rt_thread_report threads[RT_THREADS_MAX];
    uint16_t replay[RT_DECISIONS_MAX];
    uint16_t decisions[RT_DECISIONS_MAX];
    uint32_t points_count;
    uint32_t
        points_cut; /* the program would have gone on without the signal, or points[] is full */
    uint32_t point_last; /* as rt_point.able, when nobody else could go on; 0: that never was */
    struct rt_point points[RT_POINTS_MAX];
    struct rt_tls tls[RT_TLS_MAX];
    struct rt_batch_result batch_results[RT_BATCH_MAX];
    struct rt_event events[RT_EVENTS_MAX];
};

/* How many steps the execution of this seed is expected to have; 0: unknown. */
static inline uint32_t rt_expected_steps(const struct rt_control *control, uint64_t seed)
{
    bool reaches = (seed * UINT64_C(0x9e3779b97f4a7c15)) >> 63 != 0;
    return reaches && control->expected_reach > control->expected_steps ? control->expected_reach
                                                                        : control->expected_steps;
}

#endif
