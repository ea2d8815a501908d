/* SPDX-License-Identifier: MIT
 *
 * run.h -- one run of the program: start it in its isolation, deliver the signal at the point,
 * watch how it ends, and look at what is left.
 *
 * A run lives in a process of its own (see isolate.h) and reports through memory that it shares
 * with the driver.  It only observes; judge.h says what the observations mean.
 */
#ifndef CURFEW_PROBE_RUN_H
#define CURFEW_PROBE_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "options.h"
#include "point.h"

#define SIGHTINGS_MAX 8192u
#define LEFT_MAX 256u
#define LEFT_BYTES 120u

enum run_kind {
    RUN_BASELINE, /* enumerate sites until the program is quiet, then deliver the signal */
    RUN_POINT,    /* deliver it at the point */
};

struct run_plan {
    enum run_kind kind;
    const struct probe_options *options;
    struct point point;
    const char *scratch;        /* directory that the driver made; empty and private in each run */
    bool namespaces;            /* else the weaker form */
    bool daemonises;            /* the baseline did */
    char main_path[PATH_BYTES]; /* of the task that the baseline stopped; "" before that is known */
    bool explain;               /* take stacks, which costs time */
    bool must_restart;          /* start it again after the end */
    uint64_t stop_ns;           /* how long a clean stop takes; 0 before that is known */
    struct sighting *sightings; /* RUN_BASELINE: shared, SIGHTINGS_MAX of them; else NULL */
};

enum run_end {
    RUN_UNFINISHED, /* the run's process died: the harness failed */
    RUN_ERROR,      /* could not be run; error says why */
    RUN_NOT_READY,  /* not ready in time */
    RUN_SELF_ENDED, /* ended before the point was reached */
    RUN_UNREACHED,  /* ready and quiet, and the point was not reached */
    RUN_ENDED,      /* ended after the signal, within the deadline */
    RUN_LATE,       /* after the deadline, within three */
    RUN_LOST,       /* only after one more signal */
    RUN_HANG,       /* not even then */
    RUN_SPIN,       /* not even then, and burning processor time */
};

enum trial_end { TRIAL_NONE, TRIAL_GOOD, TRIAL_BAD };

/* What was tried besides the signal, and how that went. */
struct trial {
    enum trial_end end;
    char text[96];    /* why it is bad */
    char output[160]; /* the last words printed then, by whomever */
};

struct run_result {
    enum run_end end;
    char error[200];
    bool ready;       /* before the signal was sent */
    bool early;       /* the signal's action was the default when it was sent */
    bool too_early;   /* so early that the program could not have installed a handler */
    bool was_ignored; /* it was ignored */
    bool was_blocked; /* by all threads, or by the thread it was aimed at */
    bool daemonises;
    bool launcher_hit;          /* the signal met the parent that leaves a daemon behind */
    char main_path[PATH_BYTES]; /* of the task that was to stop */
    bool second_sent;
    bool still_listening; /* a process that was left over held a port */
    int wait_status;
    uint64_t calls;    /* system calls until the signal */
    uint64_t ready_ns; /* from the start */
    uint64_t end_ns;   /* from the signal */
    uint64_t total_ns; /* the whole run */
    uint32_t threads;  /* tasks seen */
    uint32_t sightings_count;
    bool sightings_full;
    bool left_allowed;               /* something that --allow-left names */
    uint32_t left_count;             /* without that; beyond LEFT_MAX they are not kept */
    char left[LEFT_MAX][LEFT_BYTES]; /* "file /var/x", "socket /run/y", "shm ..." */
    uint32_t orphans_count;
    char orphans[256];
    struct trial restart, check, workload;
    char where[256];   /* thread, call and symbol where the signal was delivered */
    char stack[2048];  /* there, if asked for */
    char dump[6144];   /* state of all threads that did not end */
    char output[1024]; /* the end of what the program printed */
};

/* Starts a run in a process of its own.  The result is filled in when that process has ended;
 * whoever kills the process kills all that the run started. Returns the process id, or a negative
 * errno. */
pid_t run_start(const struct run_plan *plan, struct run_result *result);

#endif
