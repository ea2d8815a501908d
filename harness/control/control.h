/* SPDX-License-Identifier: MIT
 *
 * control.h -- runs a program under control: campaigns of executions, replays of seed files.
 *
 * The program must be linked with the runtime (curfew-cc).  One session is one fork server; it runs
 * one execution at a time.  What happens goes to a sink; nothing here prints.
 *
 *     struct control_options options = control_defaults();
 *     options.argv = argv;
 *     int status = control_campaign(&options, &sink);      the exit status: 0, 1, 2 or 3
 */
#ifndef CURFEW_CONTROL_H
#define CURFEW_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../runtime/control.h"
#include "../verdict.h"

struct control_options {
    char **argv;          /* the program and its arguments, NULL at the end */
    const char *strategy; /* NAME or NAME:key=value,... */
    uint64_t seed;        /* of the first execution; each further one has the next */
    uint64_t runs;
    uint64_t steps_max; /* livelock bound */
    int expect_status;
    uint32_t cpus; /* what the program is told */
    bool points_access;
    bool allow_abandoned; /* threads may be alive at the end */
    bool keep_going;      /* after a failure */
    bool aslr;            /* leave address randomisation on */
    int cpu;              /* to run on; -1: the first that is allowed */
    const char *save_dir; /* where seed files go; NULL: nowhere */
    uint64_t patience_ms; /* a thread that blocks in the kernel for so long is unsupported */
    uint64_t cpu_ms;      /* a thread that runs for so long without a step is in a livelock */
};
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
    char message[1024]; /* what the verdict is about, one line */
};

struct control_session;

/* Starts the program as a fork server.
 *   Errors:  -EINVAL, with one line in error, when it cannot be run under control. */
int control_open(const struct control_options *options, struct control_session **out_session,
                 char error[512]);
void control_close(struct control_session *session);

/* One execution.  decisions may be NULL (then the strategy decides).
 *   Errors:  -EINVAL the strategy refused its parameters; -EIO the server died.  error has one
 *            line. */
int control_execute(struct control_session *session, uint64_t seed, const uint16_t *decisions,
                    uint32_t decisions_count, struct control_outcome *out_outcome, char error[512]);

/* The memory of the last execution: events, decisions, threads. */
const struct rt_control *control_memory(const struct control_session *session);
/* What the program printed in it; owned by the session, valid until the next execution. */
const char *control_output(struct control_session *session, size_t *out_size);
/* "tsan" or "fast". */
const char *control_flavour(const struct control_session *session);
/* Tells strategies how long executions are. */
void control_expect_steps(struct control_session *session, uint64_t steps);
uint32_t control_expected_steps(const struct control_session *session);
pid_t control_server_pid(const struct control_session *session);

/* ---- report.c: for people ---- */
void control_report_verdict(struct control_session *session, const struct control_outcome *outcome,
                            FILE *stream);
void control_report_trace(struct control_session *session, FILE *stream);
const char *control_op_word(uint32_t op);

/* ---- seedfile.c ---- */
struct control_seed {
    char **argv; /* owned */
    char flavour[8];
    char strategy[128];
    uint64_t seed;
    uint64_t steps_max;
    uint32_t expected_steps;
    bool points_access;
    bool allow_abandoned;
    int expect_status;
    uint32_t cpus;
    enum verdict verdict;
    uint64_t hash;
    uint64_t steps;
    uint16_t *decisions; /* owned; NULL: left to the strategy */
    uint32_t decisions_count;
    uint32_t *marks; /* owned; actor << 16 | op of each step; NULL: too many */
    uint32_t marks_count;
};
int control_seed_write(const char *path, const struct control_options *options,
                       const struct control_outcome *outcome, struct control_session *session,
                       char error[512]);
/*   Errors:  -EINVAL, with one line in error: cannot be read, another version, edited, cut off. */
int control_seed_read(const char *path, struct control_seed *out_seed, char error[512]);
void control_seed_fini(struct control_seed *seed);

/* ---- campaign.c ---- */
struct control_summary {
    enum verdict verdict; /* the worst */
    uint64_t executions;
    uint64_t steps;
    uint64_t distinct; /* different hashes */
    uint64_t failures;
};
struct control_sink {
    void *context;
    /* Each execution; session holds its memory.  May be NULL. */
    void (*execution)(void *context, struct control_session *session,
                      const struct control_outcome *outcome);
    /* A verdict that is not pass; seed_file is NULL when none was written. */
    void (*failure)(void *context, struct control_session *session,
                    const struct control_outcome *outcome, const char *seed_file);
    void (*summary)(void *context, const struct control_summary *summary);
    void (*error)(void *context, const char *message);
};
int control_campaign(const struct control_options *options, const struct control_sink *sink);
/* Replays a seed file; argv overrides its program if not NULL. */
int control_replay(const char *path, char **argv, uint64_t times, bool aslr, int cpu,
                   const struct control_sink *sink);

#endif
