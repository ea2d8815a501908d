/* SPDX-License-Identifier: MIT
 *
 * program.h -- what the files of the scenario program share: the program, its workers, main's
 * styles.
 *
 * program.c owns the one struct program; mains.c the ways in which main waits; workers_*.c what
 * each kind does.  Private to this folder.
 */
#ifndef CURFEW_SCENARIO_PROGRAM_H
#define CURFEW_SCENARIO_PROGRAM_H

#include <curfew/curfew.h>
#include <pthread.h>
#include <stdatomic.h>

#include "random.h"
#include "scenario.h"

/* One worker.  A kind with a state of its own embeds this as its first member. */
struct worker {
    enum scenario_kind kind;     /* read-only after new */
    uint32_t number;             /* read-only after new; the n-th of its kind, from 1 */
    char name[24];               /* read-only after new; KIND-N */
    char debt[32];               /* read-only after new; "cleanup KIND-N" */
    struct random_stream random; /* the worker's own */
    struct curfew_worker *self;  /* the worker's own; valid in its function and cleanups */
    uint32_t id;                 /* guarded by the registry's lock */
    bool counts;                 /* read-only after new; its first round is waited for */
    bool rounded;                /* the worker's own: its first round is done */
};

/* What a kind does. */
struct worker_ops {
    size_t size_bytes; /* of the struct that embeds the worker; 0: no more than that */
    /* Prepares a new worker, on main's thread, before it is spawned; may be NULL. */
    void (*prepare)(struct worker *worker);
    /* The worker's function: 0, or not for a failure. */
    int (*run)(struct worker *worker);
    /* Runs for a worker whose spawn was refused, since its cleanup never will; may be NULL. */
    void (*refuse)(struct worker *worker);
};
extern const struct worker_ops worker_ops_basic[KIND_COUNT];
extern const struct worker_ops worker_ops_io[KIND_COUNT];
extern const struct worker_ops worker_ops_shared[KIND_COUNT];
extern const struct worker_ops worker_ops_defects[KIND_COUNT];

struct program {
    struct scenario scenario;    /* read-only after the start */
    struct random_stream random; /* main's own */
    uint64_t seed;               /* read-only after the start */
    struct curfew_group *group;  /* read-only after the start */
    struct curfew_stop *stop;    /* read-only after the start; what a stopping signal requests */
    unsigned phases;             /* read-only after the start */
    uint32_t rounds_wanted;      /* read-only after the start; 0: somebody else stops us */
    atomic_uint rounds;          /* atomic; workers whose first round is done */
    atomic_int status;           /* atomic; an exit status that overrides the regular one */
    atomic_int phase_live[CURFEW_GROUP_PHASES_MAX]; /* atomic; workers of kind `phase` */
};
extern struct program program;

/* A part of the world that the scenario needs is missing (descriptors, memory, threads): one line
 * on stderr, exit status 3. */
_Noreturn void program_lacks(const char *what, int error);

/* Curfew broke a promise: one line on stderr, abort. */
_Noreturn void program_broken(const char *who, const char *what);

/* Requests the stop of the program, as a signal would. */
void program_request_stop(int reason);

/* Waits until main has spawned all workers. */
void program_wait_started(void);

/* Tells the harness, once, that the first cleanup has begun. */
void program_cleanup_begins(void);

/* Makes a worker; the caller owns it until it is given to program_spawn. */
struct worker *program_worker_new(enum scenario_kind kind, uint32_t number, const char *name);

/* Spawns it, and owes its cleanup.  Takes worker in any case; false: refused, for the stop has
 * come. */
bool program_spawn(struct worker *worker);

/* Stops each worker through its own stop, first to last; later ones are refused from the start. */
void program_stop_one_by_one(int reason);

/* The worker's first round of work is done, or it is about to block: when that is true of all
 * workers and nobody else will stop the program, this requests the stop. */
void worker_rounded(struct worker *worker);

/* Registers a cleanup of a worker. */
void worker_defer(struct worker *worker, curfew_cleanup_fn *fn, void *context);

struct curfew_stop *worker_stop(struct worker *worker);

/* Sleeps until the worker is asked to stop. */
void worker_await_stop(struct worker *worker);

/* Sleeps for a random time of `low` to `high` microseconds, uninterruptibly. */
void nap(struct random_stream *random, uint32_t low_us, uint32_t high_us);

/* How main waits.  In this order; each may be NULL. */
struct main_style {
    void (*begin)(void); /* before anything else: handlers or masks */
    void (*bind)(void);  /* the group exists, no worker does */
    void (*until_stop)(void);
    void (*stop)(void); /* passes the stop on to the workers, if program.stop does not */
    void (*end)(void);  /* all workers are home */
};
extern const struct main_style main_styles[MAIN_COUNT];

#endif
