/* SPDX-License-Identifier: MIT
 *
 * scenario.h -- a worker configuration as data: which workers, how main waits, which signals.
 *
 * One line:   poll*3 wait cond io pool | main=sigwait | signals=TERM | exit=zero
 * The first clause lists workers (kind, or kind*count); the others may come in any order, each at
 * most once.  What is left out is main=wait, signals=TERM, exit=zero.  In a file each line is
 * "NAME: SCENARIO", empty, or a comment that begins with '#'.
 *
 *     signals=TERM  signals=INT,INT  signals=HUP,TERM  signals=TERM@start
 *     signals=TERM,TERM@cleanup signals=TERM>main  signals=TERM>signals  signals=TERM>poll-1,TERM
 *     (one thread, by its name) signals=USR1*10000,TERM  signals=none
 *
 * Of a signal the parts come in this order: NAME, *COUNT, @ANCHOR, >THREAD.  A plan that holds
 * nothing which stops the program (`none`, HUP alone, TERM to a worker, who blocks it) is fine: if
 * no worker does either (stop, fail), the program requests the stop as soon as each has done a
 * round of its work.
 *
 * Both the driver (to send the signals and to judge) and the scenario program (to act it out) read
 * it through this header.  Nothing here has state: any thread may call anything.
 */
#ifndef CURFEW_SCENARIO_H
#define CURFEW_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kinds.h" /* the tables: enum scenario_kind, scenario_main, scenario_exit, ..._anchor */

#define SCENARIO_WORKERS_MAX 256u /* threads asked for, added up */
#define SCENARIO_SPECS_MAX 64u    /* words in the first clause */
#define SCENARIO_SIGNALS_MAX 16384u
#define SCENARIO_PLAN_MAX 64u /* signals between commas */
#define SCENARIO_NAME_BYTES 48u
#define SCENARIO_FILE_MAX 4096u   /* scenarios in one file */
#define SCENARIO_TEXT_BYTES 4096u /* room for every canonical text, with its NUL */

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
    struct scenario_signal signals[SCENARIO_PLAN_MAX];
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

/* Parses the value of signals= alone ("TERM,TERM@cleanup", "none"), for programs that are no
 * scenario: a target may be any thread's name.  Only the plan in *scenario is written.
 *   first_anchor:  the first signal's, if the text names none.
 *   Errors:  as scenario_parse. */
int scenario_parse_signals(const char *text, enum scenario_anchor first_anchor,
                           struct scenario *scenario, struct scenario_error *out_error);

/* Writes the canonical text: every clause, in a fixed order; parsing it gives an equal scenario.
 * Returns the length it needs, as snprintf does. */
size_t scenario_format(const struct scenario *scenario, char *text, size_t size_bytes);

/* The same for the value of signals= alone. */
size_t scenario_format_signals(const struct scenario *scenario, char *text, size_t size_bytes);

/* The name of a signal that scenarios know ("TERM"), or NULL. */
const char *scenario_signal_name(int signo);

/* True if this signal of the plan stops the scenario program: it is of a stopping kind and goes to
 * a thread that takes it. */
bool scenario_signal_stops(const struct scenario *scenario, const struct scenario_signal *signal);

/* Under control each step is a moment for a signal: the first anchor becomes @start, the others
 * follow their predecessor. */
void scenario_forget_anchors(struct scenario *scenario);

/* The exit statuses that a correct program may have for this scenario. */
struct scenario_expectation {
    int exit_code;        /* the regular one; -1: none */
    int forced_exit_code; /* 128 + n, allowed if a second forcing signal was sent; -1: none */
    int death_signo;      /* exit=reraise: dies by this signal; 0: none */
};
void scenario_expect(const struct scenario *scenario, struct scenario_expectation *out_expectation);

/* True if a correct program may end with this wait status: by the expectation above, or by one of
 * the other ways that the plan leaves open (several stopping signals overtake each other, a worker
 * stops the program before the signal does, a signal at the start comes before the worker that
 * fails). */
bool scenario_status_allowed(const struct scenario *scenario, int wait_status);

/* A word of a table, for help and lists. */
struct scenario_word {
    const char *word;
    unsigned flags; /* enum scenario_word_flags */
    const char *help;
};
extern const struct scenario_word scenario_kind_words[KIND_COUNT];
extern const struct scenario_word scenario_main_words[MAIN_COUNT];
extern const struct scenario_word scenario_exit_words[EXIT_POLICY_COUNT];

/* How many named threads (workers) and threads at all one worker of this kind makes. */
uint32_t scenario_kind_workers(enum scenario_kind kind);
uint32_t scenario_kind_threads(enum scenario_kind kind);

/* The named catalogue: good configurations, and negative controls that must earn their verdict. */
struct scenario_entry {
    const char *name;
    const char *text;
    const char *verdict; /* a word of harness/verdict.h: what it must earn; --all runs "pass" */
    const char *help;    /* the classic pattern that it covers, one line */
};
extern const struct scenario_entry scenario_catalogue[];
extern const size_t scenario_catalogue_count;
const struct scenario_entry *scenario_find(const char *name);

/* Configurations read from a file of "NAME: SCENARIO" lines.  Names are unique, of letters, digits,
 * '-', '_' and '.', and shorter than SCENARIO_NAME_BYTES. */
struct scenario_line {
    char name[SCENARIO_NAME_BYTES];
    uint32_t line; /* from 1 */
    struct scenario scenario;
};
struct scenario_file {
    struct scenario_line *lines; /* owned */
    size_t count;
};

/* Reads a file.
 *   Owns:    the caller owns *out_file, to be released with scenario_file_free.
 *   Errors:  -EINVAL a line is wrong, or there is no scenario in it; -E2BIG beyond 16 MiB; -ENOMEM;
 *            else what open or read says.  `message` (may be NULL) receives one line, "path: what"
 *            or "path:line:column: what", without a newline. */
int scenario_file_load(const char *path, struct scenario_file *out_file, char *message,
                       size_t message_bytes);

/* NULL and zeroed are fine. */
void scenario_file_free(struct scenario_file *file);

#endif
