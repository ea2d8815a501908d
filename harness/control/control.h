/* SPDX-License-Identifier: MIT
 *
 * control.h -- runs a program under control: campaigns of executions, replays of seed files.
 *
 * The program must be linked with the runtime (curfew-cc).  One session is one fork server; it runs
 * one execution at a time.  What happens goes to a sink; nothing here prints.
 *
 *     struct control_options options = control_defaults();
 *     options.argv = argv;
 *     int failed = control_campaign(&options, &sink, &result);
 */
#ifndef CURFEW_CONTROL_H
#define CURFEW_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "../real/scratch.h"
#include "../real/warden.h"
#include "../runtime/control.h"
#include "../scenarios/scenario.h"
#include "../verdict.h"
#include "flavours.h"

struct control_options;
struct control_session;

/* A campaign whose executions all have one seed, and differ otherwise.  Any thread calls these. */
struct control_series {
    void *context;
    /* What execution `number` is. */
    void (*arrange)(void *context, uint64_t number, struct control_options *options);
    /* It was executed, and is still in the session's memory.  May be NULL. */
    void (*executed)(void *context, uint64_t number, const struct control_session *session);
};

/* Of which executions a campaign keeps something. */
enum control_keeps { CONTROL_KEEPS_NONE, CONTROL_KEEPS_NEW, CONTROL_KEEPS_ALL };

struct control_options {
    char **argv;          /* the program and its arguments, NULL at the end */
    const char *strategy; /* NAME or NAME:key=value,... */
    uint64_t seed;        /* of the first execution; each further one has the next */
    uint64_t runs;
    uint64_t steps_max; /* livelock bound */
    int expect_status;
    const struct scenario *scenario; /* what the program acts out; NULL: nothing */
    uint32_t cpus;                   /* what the program is told */
    uint32_t oracles;                /* set of RT_ORACLE_BIT: the rules that are looked at */
    uint64_t deadline_ns;            /* from the first stop signal on, virtual; UINT64_MAX: none */
    bool points_access;
    bool keep_going; /* after a failure */
    bool loop;       /* a program that loops (curfew/loop.h) executes many seeds per process */
    bool aslr;       /* leave address randomisation on */
    int cpu;         /* to run on; -1: the first that is allowed */
    uint32_t signals_count;
    struct rt_signal signals[RT_SIGNALS_MAX]; /* the environment's plan */
    uint32_t case_base;                       /* of strategy `case`; see harness/case */
    uint32_t records_count;
    struct rt_record records[RT_RECORDS_MAX];
    uint32_t edits_count; /* of strategy `sweep`; see sweep.h */
    struct rt_edit edits[RT_EDITS_MAX];
    uint32_t survey;
    uint32_t hold_steps;
    const char *home;     /* where each session makes its program's directory; NULL: nowhere */
    uint64_t patience_ms; /* a thread that blocks in the kernel for so long is unsupported */
    uint64_t cpu_ms;      /* a thread that runs for so long without a step is in a livelock */

    const char *debugger; /* gdb, to be started on each execution; NULL: none */
    uint64_t debug_step;  /* stop behind this many steps; 0: at the verdict alone */

    /* Campaigns only. */
    uint64_t time_ns; /* UINT64_MAX: as long as it takes */
    unsigned jobs;    /* fork servers at once, each on a processor of its own if there is one */
    uint64_t shard;   /* this campaign has the executions whose number, modulo shards, is shard */
    uint64_t shards;  /* 1: all of them */
    enum control_keeps keeps_traces;
    bool keeps_outputs; /* what every execution printed; else that of new failures */
    bool keeps_ends;    /* how far each thread and debt of every execution came */
    bool keeps_reports; /* of every failure; else of new ones */
    const struct control_series *series; /* NULL: executions differ by their seeds */
    uint64_t first;                      /* so many of this shard are left out: done before */
    /* Asked often, by any thread: true ends the campaign.  NULL: nothing does. */
    bool (*stopped)(void *context);
    void *stopped_context;
};
#define CONTROL_JOBS_MAX 256u
struct control_options control_defaults(void);

/* What one execution came to.  Valid until the next execution of its session. */
struct control_outcome {
    enum verdict verdict;
    uint64_t seed;
    uint64_t steps;
    uint64_t hash;
    uint64_t clock_ns;
    int wait_status;
    uint32_t threads;
    bool outside;       /* it depended on something that is not the program's: see runtime.md */
    uint32_t signals;   /* of the plan, that were sent */
    bool early;         /* one of them killed it by its default action: by design */
    bool stopped;       /* it was ended by us, for it would not have ended, or a rule was broken */
    uint32_t earned;    /* set of VERDICT_BIT; verdict is the first of them */
    char message[1024]; /* what the verdict is about, one line */
    char reasons[2048]; /* a line for each verdict earned: "  word: why" */
};

struct control_session;

/* TSAN_OPTIONS of whatever executes under control: the first report ends it, is symbolised by us,
 * faults are the program's, and nobody waits at the end for races that are still to come. */
#define CONTROL_SANITIZER_OPTIONS                                                                  \
    "halt_on_error=1:symbolize=0:report_thread_leaks=0:detect_deadlocks=0:atexit_sleep_ms=0:"      \
    "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0"

/* GLIBC_TUNABLES: the kernel need not tell libc of each switch between threads, which is a part of
 * its cost. */
#define CONTROL_LIBC_TUNABLES "glibc.pthread.rseq=0"

/* ASAN_OPTIONS, likewise. */
#define CONTROL_ADDRESS_OPTIONS                                                                    \
    "abort_on_error=1:symbolize=0:detect_leaks=0:print_legend=0:stack_trace_format='    #%n %f "   \
    "%M':handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0"

/* What its reports begin with. */
#define CONTROL_ADDRESS_REPORT "ERROR: AddressSanitizer: "

/* The flavour that a program was linked with, one of flavours.h; NULL: it has no runtime. */
const char *control_program_flavour(const char *path);

/* Starts the program as a fork server.
 *   Errors:  -EINVAL, with one line in error, when it cannot be run under control. */
int control_open(const struct control_options *options, struct control_session **out_session,
                 char error[512]);
void control_close(struct control_session *session);

/* One execution.  decisions may be NULL (then the strategy decides).
 *   Errors:  -EINVAL the strategy refused its parameters; -EIO the server died; -ECANCELED
 *            options.stopped said so.  error has one line. */
int control_execute(struct control_session *session, uint64_t seed, const uint16_t *decisions,
                    uint32_t decisions_count, struct control_outcome *out_outcome, char error[512]);

/* Up to `count` executions, of seeds from `seed` on in steps of `stride`: in one process if the
 * program `loops`, else in one each.  The last one is judged; those before it passed:
 * memory->batch_done of them, in memory->batch_results.
 *   Errors:  as above. */
int control_execute_batch(struct control_session *session, uint64_t seed, uint64_t stride,
                          uint32_t count, bool loops, struct control_outcome *out_outcome,
                          char error[512]);

/* The memory of the last execution: events, decisions, threads. */
const struct rt_control *control_memory(const struct control_session *session);
/* What the program printed in it; owned by the session, valid until the next execution. */
const char *control_output(struct control_session *session, size_t *out_size);
const char *control_flavour(const struct control_session *session);
/* Tells strategies how long executions are. */
void control_expect_steps(struct control_session *session, uint64_t steps);
/* And how long when no signal comes; 0: as above. */
void control_expect_reach(struct control_session *session, uint32_t steps);
uint32_t control_expected_steps(const struct control_session *session);
/* The number-th of the processors that we may use, beginning anew behind the last; -1: unknown. */
int control_cpu(unsigned number);
/* Lets a thread (0: the calling one) run on that processor alone. */
void control_cpu_pin(pid_t tid, int cpu);
pid_t control_server_pid(const struct control_session *session);

/* ---- report.c: for people ---- */
void control_report_verdict(struct control_session *session, const struct control_outcome *outcome,
                            FILE *stream);
void control_report_trace(struct control_session *session, FILE *stream);
const char *control_op_word(uint32_t op);

/* ---- signals.c ---- */
/* The plan "NAME[*COUNT][>THREAD],..."; "none" has no signals.
 *   Errors:  -EINVAL, with one line in error. */
int control_signals_parse(const char *text, struct rt_signal signals[RT_SIGNALS_MAX],
                          uint32_t *out_count, char error[512]);
void control_signals_print(const struct rt_signal *signals, uint32_t count, FILE *stream);
/* A scenario's plan; its anchors say nothing here: every step is tried. */
void control_signals_of(const struct scenario *scenario, struct control_options *options);
const char *control_signal_name(int signo, char text[16]);

/* ---- seedfile.c ---- */
struct control_seed {
    char **argv;    /* owned; empty if scenario is not */
    char *scenario; /* owned; its text; NULL: a program */
    char flavour[CONTROL_FLAVOUR_BYTES];
    char strategy[128];
    uint64_t seed;
    uint64_t steps_max;
    uint32_t expected_steps;
    bool points_access;
    int expect_status;
    uint64_t deadline_ns;
    uint32_t oracles;
    uint32_t cpus;
    uint32_t signals_count;
    struct rt_signal signals[RT_SIGNALS_MAX];
    uint32_t case_base; /* of a case file */
    uint32_t records_count;
    struct rt_record records[RT_RECORDS_MAX];
    enum verdict verdict; /* VERDICT_COUNT: a case file, which does not say what will come of it */
    uint64_t hash;
    uint64_t steps;
    uint16_t *decisions; /* owned; NULL: left to the strategy */
    uint32_t decisions_count;
    uint32_t *marks; /* owned; actor << 16 | op of each step; NULL: too many */
    uint32_t marks_count;
};
/* The text of a seed file for the session's last execution.
 *   Owns:    the caller owns it; NULL: no memory, or the program is gone. */
char *control_seed_text(const struct control_options *options,
                        const struct control_outcome *outcome, struct control_session *session);
/* Reads a seed file or a case file.
 *   Errors:  -EINVAL, with one line in error: cannot be read, another version, edited, cut off. */
int control_seed_read(const char *path, struct control_seed *out_seed, char error[512]);
/* The same of the bytes of a seed file, which are written to, and have a NUL behind them. */
int control_seed_parse(char *text, size_t size, const char *name, struct control_seed *out_seed,
                       char error[512]);
void control_seed_fini(struct control_seed *seed);

/* ---- casefile.c ---- */
struct execution_case;
bool control_is_case(const char *bytes, size_t size);
/* What the case says about how to execute, and nothing else. */
void control_case_options(const struct execution_case *execution, struct control_options *options);
/*   Errors:  as control_seed_read. */
int control_case_parse(const char *bytes, size_t size, const char *name,
                       struct control_seed *out_seed, char error[512]);

/* ---- oracles.c ---- */
const char *control_oracle_word(enum rt_oracle oracle);
const char *control_oracle_help(enum rt_oracle oracle);
enum verdict control_oracle_verdict(enum rt_oracle oracle);
/* NAME,NAME,... or all or none.
 *   Errors:  -EINVAL, with one line in error. */
int control_oracles_parse(const char *list, uint32_t *out_set, char error[512]);
void control_oracles_print(uint32_t set, FILE *stream);

/* ---- place.c ---- */
/* What tells failures of one verdict apart: equal for the same defect, as a rule. */
uint64_t control_place(struct control_session *session, const struct control_outcome *outcome);

/* ---- campaign.c ---- */

/* One execution, as a campaign tells it. */
struct control_record {
    struct control_outcome outcome;
    uint64_t number; /* of the campaign, over all shards, from 0 */
    bool is_failure;
    bool is_new;   /* a failure of a kind not seen before: has report and seed_file */
    uint64_t kind; /* control_place */
    char *report;  /* owned; threads, or races, for people; NULL: none */
    char *output;  /* owned; what the program printed; NULL: not kept */
    size_t output_size;
    char *trace;     /* owned; NULL: not kept */
    char *ends;      /* owned; ledger_ends; NULL: not kept */
    char *seed_file; /* owned; its text; NULL: none */
};

struct control_progress {
    uint64_t executions;
    uint64_t executions_total; /* UINT64_MAX: not bounded */
    uint64_t failures;
    uint64_t elapsed_ns;
};

struct control_result {
    uint64_t executions;
    uint64_t steps;
    uint64_t distinct; /* different hashes */
    uint64_t outside;  /* executions that depended on the outside */
    uint64_t failures;
    uint64_t kinds;   /* of failures */
    uint64_t signals; /* that were sent */
    uint64_t early;   /* executions that one of them ended before the program handled it */
    uint64_t elapsed_ns;
    uint32_t verdicts; /* set of VERDICT_BIT */
    bool interrupted;
    bool out_of_time;
    char message[512]; /* with an error: what could not be done */
};

struct control_sink {
    void *context;
    /* Each execution, in the order of their numbers whatever the number of jobs; lent for the
     * call. */
    void (*execution)(void *context, const struct control_record *record);
    void (*progress)(void *context, const struct control_progress *progress); /* may be NULL */
};

/* Runs it: each failure is executed twice before it is told.
 *   Errors:  -EINVAL the strategy refused its parameters; -ENOEXEC the program cannot be run under
 *            control; -EIO it died outside of control.  out_result->message has one line. */
int control_campaign(const struct control_options *options, const struct control_sink *sink,
                     struct control_result *out_result);

void control_record_fini(struct control_record *record);

/* ---- learn.c ---- */
/* Learns from the base schedule how long executions are: the same for every seed, so that a seed
 * gives one trace wherever its campaign began.  What it earns is left to the caller.  When a signal
 * killed it before it was handled, it is done again without any, up to where it waits. */
int control_learn(struct control_session *session, struct control_outcome *out_outcome,
                  char error[512]);
/* Behind control_learn, one execution more: how long they are when no signal comes; what that says,
 * or longer. */
int control_learn_reach(struct control_session *session, uint32_t *out_steps, char error[512]);

/* ---- finding.c ---- */
/* Executes what failed in a fuzz target once more, in a process of its own.  If it fails and
 * is_known denies its kind, records that it does not need are taken out of *execution, it is
 * executed twice again, and *out_record is_new, with report and seed file; a verdict `diverged`
 * then says that those two differ.
 *   Owns:    control_record_fini must be called in any case.
 *   Errors:  as control_execute. */
int control_finding(struct control_session *session, struct execution_case *execution,
                    bool (*is_known)(void *context, uint64_t kind), void *context,
                    struct control_record *out_record, char error[512]);

/* ---- home.c ---- */
/* A directory that vanishes with us, however we end; sessions live in it. */
struct control_home {
    char path[SCRATCH_PATH_BYTES];
    struct warden warden;
};
/*   Errors:  a negative errno; error has one line. */
int control_home_make(struct control_home *home, char error[512]);
void control_home_remove(struct control_home *home);

/* ---- replay.c ---- */
struct control_replay {
    const char *path;
    char **argv; /* overrides the file's program; NULL: does not */
    uint64_t times;
    bool aslr;
    int cpu; /* -1: the first that is allowed */
    const char *debugger;
    uint64_t debug_step;
    bool keeps_traces;
    bool keeps_outputs;
};
/* Replays a seed file; the first execution, and each that differs, is_new.
 *   Errors:  -EBADMSG the file is refused; else as control_campaign. */
int control_replay(const struct control_replay *replay, const struct control_sink *sink,
                   struct control_result *out_result);

#endif
