/* SPDX-License-Identifier: MIT
 *
 * scenario.h -- a worker configuration as data: which workers, how main waits, which signals.
 *
 * One line:   poll*3 wait cond io pool | main=sigwait | signals=TERM | exit=zero
 * The first clause lists workers (kind, or kind*count); the others may come in any order, each at most
 * once.  What is left out has the default shown in the tables.  In a file each line is "NAME: SCENARIO",
 * empty, or a comment that begins with '#'.
 * Both the driver (to send the signals and to judge) and the scenario program (to act it out) read it
 * through this header.
 */
#ifndef CURFEW_SCENARIO_H
#define CURFEW_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kinds.h" /* the X-macro tables: enum scenario_kind, enum scenario_main, enum scenario_exit */

#define SCENARIO_WORKERS_MAX 256u /* threads asked for, counts added up */
#define SCENARIO_SPECS_MAX 64u    /* words in the first clause */
#define SCENARIO_SIGNALS_MAX 16384u
#define SCENARIO_NAME_BYTES 48u

/* What the time of a signal is counted from. */
enum scenario_anchor {
    ANCHOR_READY,    /* the program has said READY=1: the default for the first signal */
    ANCHOR_START,    /* exec: "@start" */
    ANCHOR_PREVIOUS, /* the signal before it: the default for all but the first */
    ANCHOR_CLEANUP,  /* the first cleanup has begun: "@cleanup" */
};

/* signals=TERM  signals=INT,INT  signals=HUP,TERM  signals=TERM@start  signals=TERM,TERM@cleanup
 * signals=TERM>main  signals=TERM>poll-1 (one thread, by its name)  signals=USR1*10000,TERM
 * signals=none */
struct scenario_signal {
    int signo;
    uint32_t count; /* "*N": sent N times back to back */
    enum scenario_anchor anchor;
    char target[16]; /* "": the process; "main"; or a thread's name as ps shows it */
};

struct scenario_workers {
    enum scenario_kind kind;
    uint32_t count;
};

struct scenario {
    struct scenario_workers workers[SCENARIO_SPECS_MAX];
    uint32_t workers_count;
    enum scenario_main main_style;
    enum scenario_exit exit_policy;
    struct scenario_signal signals[64];
    uint32_t signals_count; /* 0: signals=none */
};

/* What is wrong with a text, and where. */
struct scenario_error {
    uint32_t column;   /* of the wrong word, from 1, in bytes */
    char message[768]; /* e.g. unknown worker 'pol' (allowed: poll, wait, ...) */
};

/* Parses one scenario, strictly.
 *   Errors:  -EINVAL *out_error says what and where; *out_scenario is then undefined. */
int scenario_parse(const char *text, struct scenario *out_scenario,
                   struct scenario_error *out_error);

/* Writes the canonical text: every clause, in a fixed order; parsing it gives an equal scenario.
 * Returns the length it needs, as snprintf does. */
size_t scenario_format(const struct scenario *scenario, char *text, size_t size_bytes);

/* The exit statuses that a correct program may have for this scenario. */
struct scenario_expectation {
    int exit_code;        /* the regular one; -1: none */
    int forced_exit_code; /* 128 + n, allowed if a second forcing signal was sent; -1: none */
    int death_signo;      /* exit=reraise: dies by this signal; 0: none */
};
void scenario_expect(const struct scenario *scenario, struct scenario_expectation *out_expectation);

/* The named catalogue: good configurations, and negative controls that must earn their verdict. */
struct scenario_entry {
    const char *name;
    const char *text;
    const char *
        verdict; /* the word of harness/verdict.h that it must earn; "pass" for all that --all runs */
    const char *help; /* the classic pattern that it covers, one line */
};
extern const struct scenario_entry scenario_catalogue[];
extern const size_t scenario_catalogue_count;
const struct scenario_entry *scenario_find(const char *name);

#endif
