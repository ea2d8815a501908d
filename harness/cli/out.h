/* SPDX-License-Identifier: MIT
 *
 * out.h -- where a campaign's results go: the terminal, JSON lines, a JUnit file, a directory of
 * failures.  Each is a set of functions behind one struct; `run` tells all that were asked for.
 */
#ifndef CURFEW_CLI_OUT_H
#define CURFEW_CLI_OUT_H

#include <stdio.h>

#include "../control/sweep.h"
#include "campaign.h"

/* Of `curfew fuzz`. */
struct out_fuzz {
    const char *engine;
    const char *output; /* directory */
};

/* What every output may want to know. */
struct out_run {
    const struct control_options *control; /* NULL: free-running threads (--real) */
    const struct out_fuzz *fuzz;           /* NULL: no fuzzing */
    const struct sweep_result *sweep;      /* of each target, as far as it was swept; NULL: none */
    const struct targets *targets;
    const struct outcomes *outcomes; /* of each target; NULL: nobody wants to know */
    const char *flavour;
    const char *signals; /* as given; NULL: the default */
    uint64_t seed;
    uint64_t runs;     /* UINT64_MAX: not bounded */
    uint64_t time_ns;  /* UINT64_MAX: not bounded */
    bool time_is_each; /* the time is each subject's, not the campaign's */
    unsigned jobs;
    uint64_t deadline_ns; /* UINT64_MAX: none */
    uint64_t deadline_default_ns;
    const char *save;  /* the directory for failures; NULL: none */
    const char *junit; /* the file; NULL: none */
    bool quiet;
    const char *replayed; /* the seed file that is executed; NULL: none */
    bool program_named;   /* ... and its program, behind '--' */
};

/* A failure of a kind not seen before.  All is lent for the call. */
struct out_failure {
    const struct subject *subject;
    enum verdict verdict;
    uint32_t earned;     /* set of VERDICT_BIT */
    const char *reasons; /* a line for each verdict earned */
    uint64_t execution;  /* its number in its subject */
    uint64_t seed;
    /* All else, as the engine that found it has it; the other one is NULL. */
    const struct campaign_failure *real;
    const struct control_record *control;
};

struct out_result {
    uint64_t executions;
    uint64_t failures; /* executions */
    uint64_t kinds;    /* of failures */
    uint64_t elapsed_ns;
    uint32_t verdicts; /* set of VERDICT_BIT */
    bool interrupted;
    uint64_t signals;
    uint64_t early;
    uint64_t steps;    /* under control */
    uint64_t distinct; /* under control: traces */
    uint64_t outside;  /* under control: executions that depended on the outside */
    double stability;  /* fuzzing: as the engine says, in percent; < 0: it does not */
};

/* One output.  `state` is its own.  Functions may be NULL.  Each returns 0 or, when it could not
 * write, a negative errno with *out_what set to what it was writing. */
struct out {
    void *state;
    int (*begin)(void *state, const struct out_run *run, const char **out_what);
    int (*failure)(void *state, const struct out_run *run, const struct out_failure *failure,
                   const char **out_what);
    void (*progress)(void *state, const struct campaign_progress *progress);
    int (*end)(void *state, const struct out_run *run, const struct out_result *result,
               const char **out_what);
};

/* ---- out_sweep.c: the table of a sweep, and its last line but one ---- */
#define OUT_NAME_WIDTH_MAX 48
int out_name_width(const struct out_run *run);
void out_sweep_table(const struct out_run *run);

/* ---- out_outcomes.c: what executions came to, each distinct outcome once ---- */
#define OUTCOMES_MAX 4096u
struct outcome {
    uint32_t earned; /* set of VERDICT_BIT; 0: a pass */
    bool early;      /* it died by a plan signal's default action */
    bool stopped;    /* we ended it; else wait_status says how it ended */
    int wait_status;
    const char *debts; /* ledger_ends */
};
struct tallied {
    struct outcome outcome; /* debts are owned */
    uint64_t count;
    uint64_t first; /* the lowest number of an execution that had it */
};
/* Of one target. */
struct outcomes {
    struct tallied *tallied; /* owned */
    size_t count;
    size_t room;
    uint64_t others; /* executions that are not told apart: beyond OUTCOMES_MAX, or no memory */
};
struct outcomes *outcomes_new(size_t targets);                 /* NULL: no memory */
void outcomes_free(struct outcomes *outcomes, size_t targets); /* NULL is fine */
/* Counts an execution.  outcome->debts is copied; NULL: there was no memory for it. */
void outcomes_add(struct outcomes *outcomes, const struct outcome *outcome, uint64_t number);
/* Brings them into an order that depends on nothing but themselves. */
void outcomes_sort(struct outcomes *outcomes, size_t targets);
/* "exit 0", "SIGTERM", "stopped". */
const char *outcome_end(const struct outcome *outcome, char text[24]);
void out_outcomes_table(const struct out_run *run);

struct out out_text(void);
struct out out_json(void);
struct out out_save(void); /* must come before those that tell the name of the file */
struct out out_junit(void);

/* ---- describe.c: texts that several outputs share; describe_real.c and describe_control.c have
 * what only one engine knows. ---- */

/* The command that repeats one execution, without a newline. */
void describe_reproduce(const struct out_run *run, const struct out_failure *failure, FILE *file);

/* All that is known of a failure, in lines; the last is "reproduce: ...". */
void describe_failure(const struct out_run *run, const struct out_failure *failure, FILE *file);

/* The file that out_save writes for a failure, in the directory run->save.
 *   Owns:    the caller owns it; NULL: no such directory, or no memory. */
char *describe_file(const struct out_run *run, const struct out_failure *failure);

/* "title:" and the text below it, if there is any. */
void describe_section(const char *title, const char *text, FILE *file);

void describe_real(const struct out_failure *failure, FILE *file);
void describe_real_reproduce(const struct out_run *run, const struct out_failure *failure,
                             FILE *file);
void describe_control(const struct out_failure *failure, FILE *file);
void describe_control_reproduce(const struct out_run *run, const struct out_failure *failure,
                                FILE *file);

/* True if a result is to be coloured: a terminal, and NO_COLOR is not set. */
bool out_has_colour(FILE *file);

#endif
