/* SPDX-License-Identifier: MIT
 *
 * fuzz.h -- what the files of `curfew fuzz` share: its options, the campaign, and the engines.
 *
 * A campaign has workers: processes of an engine, each of which executes a fuzz target (fuzz/)
 * again and again.  Each has a status file (case/status.h) that outlives its processes.  What makes
 * a target fail is a case, which becomes a finding when it fails once more with fresh threads.
 */
#ifndef CURFEW_CLI_FUZZ_H
#define CURFEW_CLI_FUZZ_H

#include "../case/status.h"
#include "argv.h"
#include "curfew/stop.h"
#include "outputs.h"
#include "targets.h"

#define FUZZ_JOBS_MAX 64u
#define FUZZ_KINDS_MAX 512u

struct fuzz_engine;

struct fuzz_options {
    const char *verb;
    const struct fuzz_engine *engine;
    uint64_t runs;    /* UINT64_MAX: not bounded */
    uint64_t time_ns; /* UINT64_MAX: not bounded */
    uint64_t seed;
    uint64_t jobs;
    uint64_t findings_max; /* UINT64_MAX: not bounded */
    bool have_expect_status;
    uint64_t expect_status;
    bool json;
    bool quiet;
    bool traces;
    char *flavour; /* of workers: one of flavours.h, or "mixed"; owned, as all below */
    char *output;
    char *corpus;
    char *signals;
};

struct fuzz_worker {
    unsigned number;
    pid_t pid; /* 0: it does not run */
    int pidfd;
    int log_fd;
    bool started;               /* once, at least */
    bool over;                  /* it has nothing more to do */
    struct fuzz_status *status; /* shared with its processes */
    char directory[640];        /* where its program runs; its other files stand beside it */
    uint64_t started_at;        /* executions, when this process began */
    uint64_t changed_at;        /* executions, when they were last seen to grow, and when */
    uint64_t changed_ns;
    unsigned barren;        /* processes one after another that executed nothing */
    bool stalled;           /* killed: an execution does not end */
    uint64_t crashes_taken; /* numbers of its files that were looked at, for fuzz_afl.c */
    uint64_t hangs_taken;
    double stability; /* as the engine says, in percent; < 0: unknown */
};

struct fuzz {
    const struct fuzz_options *options;
    struct outputs *outputs;
    struct curfew_stop *stop;
    struct subject *subject; /* as `curfew run` would execute it: what confirms */
    uint32_t signals_count;  /* a program's plan */
    struct rt_signal signals[RT_SIGNALS_MAX];
    struct control_home home;
    char template[640];  /* a case file: the base schedule */
    uint16_t lengths[2]; /* steps of the base schedule, and of what it is without signals */
    char inputs[640];    /* a directory: what an engine with feedback begins with */
    char *state;         /* the campaign's directory, absolute; owned */
    struct argv corpus;  /* case files to begin with, absolute; the template, too */
    struct fuzz_worker workers[FUZZ_JOBS_MAX];
    unsigned workers_count;
    struct control_session *session; /* confirms what is found */
    struct argv session_argv;
    struct scenario session_scenario;
    struct control_options session_options;
    uint64_t kinds[FUZZ_KINDS_MAX];
    unsigned kinds_count;
    uint64_t started_ns;
    uint64_t executions_before; /* of campaigns that this one goes on with */
    struct out_result total;
    bool unsaved;    /* a finding was told, but could not be kept: no result */
    char error[512]; /* the campaign cannot go on; "": it can */
};

struct fuzz_engine {
    const char *name;
    int stop_signal;
    int found_status; /* of its process, if its target failed; 0: it dies of a signal */
    /* Once.  False: fuzz->error says why it cannot work. */
    bool (*begin)(struct fuzz *fuzz);
    /* The next process of a worker.  False: there is nothing more to do. */
    bool (*command)(struct fuzz *fuzz, struct fuzz_worker *worker, struct argv *argv,
                    struct argv *environment);
    /* Now and then: takes what was found meanwhile, and the stability.  NULL: it dies of each. */
    void (*look)(struct fuzz *fuzz, struct fuzz_worker *worker);
    /* Once, at the end.  NULL: nothing to do. */
    void (*end)(struct fuzz *fuzz);
};

/* fuzz_engine.c */
const struct fuzz_engine *fuzz_engine_find(const char *name); /* NULL: unknown */
const char *fuzz_engine_words(void);                          /* "blind, ..." */
/* fuzz-scenario-FLAVOUR-ENGINE, or fuzz-program-ENGINE.
 *   Owns:    the caller owns it; NULL: there is none, and fuzz->error says so. */
char *fuzz_target_find(struct fuzz *fuzz, const struct fuzz_worker *worker);
/* "-- PROG ARGS...", for targets that execute a program. */
void fuzz_program(const struct fuzz *fuzz, struct argv *argv);
/* What every target wants to know. */
void fuzz_environment(struct fuzz *fuzz, const struct fuzz_worker *worker,
                      struct argv *environment);

/* fuzz_campaign.c: to its end.  Returns the verb's exit status. */
int fuzz_campaign(struct fuzz *fuzz);
/* Of all workers. */
uint64_t fuzz_executions(const struct fuzz *fuzz);

/* fuzz_inputs.c */
/* False: fuzz->error says why. */
bool fuzz_file_read(struct fuzz *fuzz, const char *path, uint8_t bytes[CASE_BYTES_MAX],
                    size_t *out_size);
/* Fills fuzz->inputs with cases that pass.  False: there is none, or fuzz->error says why. */
bool fuzz_start_inputs(struct fuzz *fuzz);
/* Makes the directory hold the base schedule's case with another seed, and nothing else of ours. */
void fuzz_draw_input(struct fuzz *fuzz, const char *directory, uint64_t seed);

/* fuzz_afl.c */
bool fuzz_afl_begin(struct fuzz *fuzz);
bool fuzz_afl_command(struct fuzz *fuzz, struct fuzz_worker *worker, struct argv *argv,
                      struct argv *environment);
void fuzz_afl_look(struct fuzz *fuzz, struct fuzz_worker *worker);

/* fuzz_finding.c: a target failed with these bytes. */
void fuzz_finding(struct fuzz *fuzz, const uint8_t *bytes, size_t size);
void fuzz_finding_file(struct fuzz *fuzz, const char *path);
/* Nobody says that these fail; if they do, it is a finding. */
bool fuzz_passes(struct fuzz *fuzz, const uint8_t *bytes, size_t size);
/* The base schedule: becomes the template.  False: fuzz->error says why. */
bool fuzz_learn(struct fuzz *fuzz);
void fuzz_finding_fini(struct fuzz *fuzz);

#endif
