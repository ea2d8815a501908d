/* SPDX-License-Identifier: MIT
 *
 * running.h -- the state of one run, shared by the files that carry it out: run.c (course of
 * events), start.c (processes), deliver.c (the signal), watch.c (the end), after.c (what is left).
 */
#ifndef CURFEW_PROBE_RUNNING_H
#define CURFEW_PROBE_RUNNING_H

#include "isolate.h"
#include "run.h"
#include "sites.h"
#include "tracer.h"

#define TICK_MS 5
#define HELPERS_MAX 16
#define PROGRAM_PID 100 /* what the program's pid is in each run, with namespaces */

enum stage {
    STAGE_ARMED,   /* no signal yet */
    STAGE_HOLDING, /* sent; one task is held until the handler, on another, has run */
    STAGE_BETWEEN, /* sent; the second one is to come */
    STAGE_SENT,    /* all sent, and everybody let go */
};

/* A command of the user's: prepare, ready, workload, check.  Leads its own session. */
struct helper {
    pid_t pid;
    bool ended;
    int wait_status;
};

struct snapshot {
    uint64_t *hashes; /* of paths that were there before the program */
    uint32_t count;
};

struct run {
    const struct run_plan *plan;
    const struct probe_options *options;
    struct run_result *result;
    struct isolation isolation;
    struct snapshot before;
    struct tracer tracer;
    struct places *places;
    struct sightings sightings;

    enum stage stage;
    pid_t main_pid; /* the program, or the daemon that it has become */
    bool main_ended;
    int main_status;
    int output;          /* what the program prints */
    long output_trimmed; /* how much of it is gone */
    struct helper helpers[HELPERS_MAX];
    int helpers_count;
    pid_t sessions[HELPERS_MAX]; /* the helpers' */
    int workload;                /* index of the helper, -1 */
    int ready_helper;            /* of the last --ready=cmd: attempt, -1 */
    uint64_t start_ns, ready_ns, signal_ns;
    uint64_t stops_seen; /* tracer.stops at the last tick */
    uint32_t quiet_ticks, hold_ticks, ticks;
    uint32_t occurrence;
    pid_t held, exit_awaited;
    uint32_t calls_between;
    bool worked; /* it has done something beyond being loaded and installing handlers */
};

/* start.c */
int program_start(struct run *run, bool traced);
pid_t helper_start(struct run *run, const char *command);
bool helper_wait(struct run *run, const char *command); /* true if it succeeded */
void output_tail(const struct run *run, char *text, size_t bytes);
/* Begins ticks, the first one after the given time, less whole ticks. */
void tick_start(uint32_t phase_micros);
/* Handles one event, or waits for the next tick.  Returns true after a tick. */
bool run_step(struct run *run);
/* Whether every process of the program sleeps. */
bool all_sleep(const struct run *run);

/* ready.c */
bool ready_now(struct run *run);
bool still_listening(void);

/* deliver.c: actions at a task's stop, and at a tick. */
extern const struct tracer_callbacks run_callbacks;
void deliver_first(struct run *run, struct task *task);
void deliver_tick(struct run *run);
void send_again(struct run *run);

/* watch.c */
void watch_end(struct run *run);

/* after.c */
void snapshot_take(struct run *run);
void after_look(struct run *run);

#endif
