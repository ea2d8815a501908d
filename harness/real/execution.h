/* SPDX-License-Identifier: MIT
 *
 * execution.h -- one execution under real time, as a small state machine that an event loop drives.
 *
 *   RUNNING    signals are sent as the plan says; the end is waited for
 *   EXTRA      three deadlines have passed since the last signal: one more was sent
 *   AUTOPSY    that did not help: gdb looks at it
 *   KILLED     SIGKILL was sent to all that belongs to it
 *   LINGERING  the program has ended; what it left behind gets a moment to go by itself
 *   ENDED      all is known: ready to be judged
 *   NAMING     judged; llvm-symbolizer turns addresses into lines
 *   NAMED      nothing more to be had
 */
#ifndef CURFEW_REAL_EXECUTION_H
#define CURFEW_REAL_EXECUTION_H

#include <poll.h>

#include "capture.h"
#include "ledger.h"
#include "plan.h"
#include "scratch.h"
#include "subject.h"
#include "tool.h"

enum execution_state {
    EXECUTION_FREE,
    EXECUTION_RUNNING,
    EXECUTION_EXTRA,
    EXECUTION_AUTOPSY,
    EXECUTION_KILLED,
    EXECUTION_LINGERING,
    EXECUTION_ENDED,
    EXECUTION_NAMING,
    EXECUTION_NAMED,
};

/* What all executions of a campaign share; read-only while it runs. */
struct surroundings {
    const char *scratch; /* the campaign's directory */
    const char *mark;    /* in every process's environment, and only there */
    uint64_t deadline_ns;
    const char *gdb;        /* absolute; NULL: not installed */
    const char *symbolizer; /* absolute; NULL: not installed */
    pid_t *sessions;        /* the warden's table: whom we started and have not waited for */
    pid_t warden;
};

struct execution {
    enum execution_state state;
    unsigned slot;
    struct subject *subject;
    uint64_t number; /* in its subject, from 0 */
    uint64_t seed;

    pid_t pid;
    int pidfd;               /* owned; -1 once waited for */
    int notify_fd;           /* owned; -1: closed */
    char notify_address[64]; /* unique, so it also marks the execution's processes */
    char directory[SCRATCH_PATH_BYTES];
    char report_path[SCRATCH_PATH_BYTES]; /* sanitizers write to this + "." + pid */
    struct curfew_debt_ledger *ledger;    /* owned */
    struct capture output;
    struct plan plan;
    struct tool tool;

    struct plan_anchors anchors;
    uint64_t stopping_ns;
    uint64_t extra_ns; /* the one more signal; 0: none */
    uint64_t ended_ns;
    uint64_t grace_ns; /* LINGERING: until then what is left may go by itself */
    uint64_t wake_ns;  /* when to look again, whatever the descriptors say */
    int wait_status;

    bool extra_fatal;     /* the one more signal had its default action */
    bool gave_up;         /* we ended it */
    bool disturbed;       /* the driver was stopped or starved meanwhile: times mean nothing */
    bool awaits_handler;  /* the plan waits until the program handles its next signal */
    bool never_ready;     /* it was given up because READY=1, or a handler, did not come */
    char *late_text;      /* owned; who was late, and where; NULL: nobody */
    char *backtrace;      /* owned; NULL: none */
    char *left_processes; /* owned; names and pids; NULL: none */
    char *left_files;     /* owned; NULL: none */
    char *report;         /* owned; what the sanitizers wrote; NULL: nothing */
    char *named;          /* owned; the report with lines instead of addresses; NULL: none */
};

/* Starts an execution; all else in *execution but `slot` is overwritten.
 *   Owns:    execution_fini must be called after success.
 *   Errors:  what launch_process says (*out_exec too); -EMFILE, -ENFILE, -ENOMEM, -ENOSPC, ... */
int execution_start(struct execution *execution, const struct surroundings *surroundings,
                    struct subject *subject, uint64_t number, uint64_t seed, bool *out_exec);

/* Its descriptors to poll, EXECUTION_POLLFDS at most; returns how many. */
#define EXECUTION_POLLFDS 5u
unsigned execution_pollfds(const struct execution *execution, struct pollfd *fds);

/* Does what can be done without blocking. */
void execution_advance(struct execution *execution, const struct surroundings *surroundings);

/* From ENDED: names the lines of the sanitizers' report, if there is one and a tool for it. */
void execution_name_lines(struct execution *execution, const struct surroundings *surroundings);

/* Kills the program, waits for it and frees the execution, without judging.  Its session is the
 * caller's to kill. */
void execution_abort(struct execution *execution, const struct surroundings *surroundings);

/* True if `pid` is a process that we started and will wait for ourselves. */
bool execution_is_own(const struct surroundings *surroundings, pid_t pid);

/* Frees it: state FREE.  The process must have ended, or been aborted. */
void execution_fini(struct execution *execution, const struct surroundings *surroundings);

/* From the first stop signal (without signals: from READY) to the end; 0: no such span. */
uint64_t execution_stop_ns(const struct execution *execution);

#endif
