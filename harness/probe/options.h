/* SPDX-License-Identifier: MIT
 *
 * options.h -- what a user can say to `curfew probe`: one table, from which the command line, the
 * configuration file and the help text come.
 */
#ifndef CURFEW_PROBE_OPTIONS_H
#define CURFEW_PROBE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of words; the words belong to the list. */
struct words {
    char **item; /* NULL-terminated, so that it can serve as an argv */
    size_t count;
};

/* X(field, kind, name, argument, help).
 * Kinds: WORDS comma-separated, the last one given wins; ITEMS may be repeated, and adds up;
 * TEXT; NUMBER; MILLIS a duration such as 5s, 500ms or 2m; FLAG. */
#define PROBE_OPTIONS(X)                                                                           \
    X(signals, WORDS, "signal", "NAMES", "signals to deliver (TERM)")                              \
    X(second, TEXT, "second", "NAME@+A..B",                                                        \
      "a second signal, A to B system calls after the first")                                      \
    X(at, WORDS, "at", "MODES", "before, entry, exit, time (before,entry)")                        \
    X(untraced, FLAG, "untraced", NULL,                                                            \
      "do not trace: at random times only, to see how often a finding comes without the tool")     \
    X(target, TEXT, "target", "WHO", "auto, main, process, group, thread (auto)")                  \
    X(pid1, FLAG, "pid1", NULL, "the program is PID 1, as in a container")                         \
    X(points, NUMBER, "points", "N", "injection points at most (200)")                             \
    X(seed, NUMBER, "seed", "S", "chooses the points beyond first and last occurrences (1)")       \
    X(phase, TEXT, "phase", "PHASE", "startup, steady, all (all)")                                 \
    X(ready, ITEMS, "ready", "WHEN",                                                               \
      "tcp:PORT, unix:PATH, file:PATH, log:REGEX, cmd:CMD; may be repeated")                       \
    X(workload, TEXT, "workload", "CMD", "run when the program is ready; should end by itself")    \
    X(prepare, TEXT, "prepare", "CMD", "run before the program, in its isolation")                 \
    X(deadline, MILLIS, "deadline", "TIME", "to end after the last signal (5s)")                   \
    X(start, MILLIS, "start", "TIME", "to become ready at most (30s)")                             \
    X(expect_status, WORDS, "expect-status", "LIST",                                               \
      "statuses that are right, beside the baseline's")                                            \
    X(early_status, WORDS, "early-status", "LIST",                                                 \
      "statuses that are right before it is ready (0,128+n)")                                      \
    X(allow_left, ITEMS, "allow-left", "GLOB", "files that may be left behind; may be repeated")   \
    X(forbid_left, ITEMS, "forbid-left", "GLOB",                                                   \
      "files that may not, though a clean stop leaves them")                                       \
    X(restart, FLAG, "restart", NULL, "start again with the same state and pid after every run")   \
    X(check, TEXT, "check", "CMD",                                                                 \
      "must succeed after the end, and after a restart; else data was lost")                       \
    X(isolate, TEXT, "isolate", "HOW", "ns, none (ns where permitted)")                            \
    X(user, TEXT, "user", "NAME", "run the program as this user")                                  \
    X(env, ITEMS, "env", "NAME=VALUE", "add to the program's environment; may be repeated")        \
    X(jobs, NUMBER, "jobs", "N", "runs at the same time (twice the processors)")                   \
    X(retry, NUMBER, "retry", "N", "re-run each finding N times (10)")                             \
    X(fail_on, WORDS, "fail-on", "VERDICTS", "only these make the exit status 1 (all)")            \
    X(save, TEXT, "save", "DIR", "write a case file for each finding there")                       \
    X(json, FLAG, "json", NULL, "one JSON object per line on standard output")                     \
    X(junit, TEXT, "junit", "FILE", "write a JUnit report")                                        \
    X(quiet, FLAG, "quiet", NULL, "no progress")                                                   \
    X(config, TEXT, "config", "FILE", "read options from a YAML file; the command line wins")

/* Keys that make sense in a file only. */
#define PROBE_FILE_KEYS(X)                                                                         \
    X(name, TEXT, "name", "TEXT", "what reports call the program")                                 \
    X(command, ITEMS, "command", "WORD", "program and arguments, unless given after --")           \
    X(packages, ITEMS, "packages", "NAME", "Debian packages that hold the program")                \
    X(point, ITEMS, "point", "KEY=VALUE", "case files: where the signal is delivered")             \
    X(found, ITEMS, "found", "TEXT", "case files: what was seen there")

#define PROBE_TYPE_WORDS struct words
#define PROBE_TYPE_ITEMS struct words
#define PROBE_TYPE_TEXT char *
#define PROBE_TYPE_NUMBER long
#define PROBE_TYPE_MILLIS long
#define PROBE_TYPE_FLAG bool

struct probe_options {
#define X(field, kind, name, argument, help) PROBE_TYPE_##kind field;
    PROBE_OPTIONS(X)
    PROBE_FILE_KEYS(X)
#undef X
};

enum probe_option_kind {
    PROBE_WORDS,
    PROBE_ITEMS,
    PROBE_TEXT,
    PROBE_NUMBER,
    PROBE_MILLIS,
    PROBE_FLAG
};

struct probe_option {
    const char *name;
    enum probe_option_kind kind;
    const char *argument;
    const char *help;
    size_t offset;
    bool file_only;
};

/* The table; ends with a NULL name. */
extern const struct probe_option probe_option_table[];

/* All options at their defaults. */
void probe_options_init(struct probe_options *options);
void probe_options_fini(struct probe_options *options);

/* Sets one option from text.
 *   Errors:  -ENOENT no such option; -EINVAL not a value for it. */
int probe_options_set(struct probe_options *options, const char *name, const char *value);

/* The kind of an option; PROBE_FLAG if there is no such option. */
enum probe_option_kind probe_option_kind_of(const char *name);

/* Reads a YAML file: a mapping from option names to a value or a list of values.
 *   out_message:  what is wrong, in words; at least 256 bytes.
 *   Errors:  a negative errno. */
int probe_options_load(struct probe_options *options, const char *path, char *out_message);

/* Whether the options make sense, before anything is run.
 *   out_why:  what does not; at least 256 bytes.
 *   Errors:   -EINVAL. */
int probe_options_check(const struct probe_options *options, char *out_why);

/* --second in parts. */
struct second {
    int signo;
    unsigned from, to; /* system calls after the first signal */
};
bool second_read(struct second *out_second, const char *text);

/* --ready in parts. */
enum ready_kind {
    READY_UNKNOWN,
    READY_TCP,
    READY_UDP,
    READY_UNIX,
    READY_FILE,
    READY_LOG,
    READY_COMMAND
};
enum ready_kind ready_kind_of(const char *condition, const char **out_value);

#define SIGNALS_MAX 8 /* of --signal */

void words_add(struct words *list, const char *word);
void words_clear(struct words *list);
/* Whether one of the words, as a glob, matches. */
bool words_match(const struct words *globs, const char *text);

/* The number of a signal by its name with or without "SIG", such as TERM or RTMIN+3, or by number;
 * 0 if there is none. */
int signal_from_name(const char *name);
/* "TERM" for 15; never NULL. */
const char *signal_name(int signo);

#endif
