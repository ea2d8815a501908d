/* SPDX-License-Identifier: MIT
 *
 * run.h -- what `curfew run` and `curfew sweep` share: options, and the engines behind them.
 */
#ifndef CURFEW_CLI_RUN_H
#define CURFEW_CLI_RUN_H

#include "curfew/stop.h"
#include "out.h"
#include "targets.h"
#include "verb.h"

struct run_options;
/* Executes the targets.  Returns the verb's exit status. */
typedef int run_engine(const struct run_options *options, struct targets *targets,
                       struct curfew_stop *stop);

struct run_options {
    const char *verb;
    bool real;
    bool all;
    bool json;
    bool have_seed;
    bool keep_going;
    bool quiet;
    bool outcomes; /* are tallied, and told at the end */
    bool have_expect_status;
    uint64_t runs;    /* 0: not given */
    uint64_t time_ns; /* UINT64_MAX: not given, as the next */
    uint64_t deadline_ns;
    uint64_t seed;
    uint64_t jobs; /* 0: not given */
    uint64_t expect_status;
    char *signals; /* owned, as all below */
    char *flavour;
    char *save;
    char *junit;
    char *strategy;
    char *resume;
    run_engine *engine;
    uint64_t preemptions;
    uint64_t given; /* set of the options that were given, by their bit */

    /* Under control alone. */
    struct control_options control; /* what the options say of it */
    uint32_t oracles_not;           /* set of RT_ORACLE_BIT that is taken away */
    bool traces;                    /* of failures */
    bool all_traces;
    bool hashes;
    bool outputs;
};

/* Both run a campaign over the targets.  Return the verb's exit status. */
int run_real(const struct run_options *options, const struct targets *targets,
             struct curfew_stop *stop);
int run_control(const struct run_options *options, struct targets *targets,
                struct curfew_stop *stop);

/* What the options say of executions under control, and of what is told of them; runs and strategy
 * are the engine's. */
struct control_options run_control_options(const struct run_options *options,
                                           struct curfew_stop *stop);
struct out_run run_control_out(const struct run_options *options,
                               const struct control_options *control,
                               const struct targets *targets);

/* The outputs that the options ask for: --save first, for the others tell its files' names. */
struct outputs;
void run_outputs(const struct run_options *options, struct outputs *outputs);

/* Signals become a stop; a second INT ends us at once, and the warden sweeps up.  Returns -1 to go
 * on. */
int run_bind_signals(const char *verb, struct curfew_stop *stop);

/* What run_bind_signals has made, at the verb's end.  Returns its exit status: a signal that ended
 * it ends us likewise. */
int run_unbind_signals(struct curfew_stop *stop, int status);

/* For control_options.stopped; the context is the stop. */
bool run_is_stopped(void *stop);

/* How many processors we may use. */
unsigned run_cpu_count(void);

#endif
