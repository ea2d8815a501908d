/* SPDX-License-Identifier: MIT
 *
 * verdict.h -- what an execution can earn: the one table that enum, CLI text, JSON and help come
 * from.
 *
 * Order is precedence: when an execution earns several, the first in this table is its verdict and
 * the others are listed as its companions.
 */
#ifndef CURFEW_HARNESS_VERDICT_H
#define CURFEW_HARNESS_VERDICT_H

#include <stdint.h>

/* What no engine judges yet. */
#define VERDICT_LATER " (not in this version)"

/* X(NAME, word, class, help).  Classes: PASS, AGAINST the program under test (exit status 1),
 * UNJUDGED (exit status 3). */
#define CURFEW_VERDICTS(X)                                                                         \
    X(INTERNAL, "internal", UNJUDGED, "the harness itself failed: could not judge")                \
    X(UNSUPPORTED, "unsupported", UNJUDGED, "the program does what cannot be judged here")         \
    X(DIVERGED, "diverged", UNJUDGED, "two executions of one seed differ")                         \
    X(CRASH, "crash", AGAINST, "fatal signal, abort or failed assertion")                          \
    X(RACE, "race", AGAINST, "ThreadSanitizer reported")                                           \
    X(HANG, "hang", AGAINST, "nobody can ever run again; or not ended long after the last signal") \
    X(LIVELOCK, "livelock", AGAINST, "somebody runs for ever")                                     \
    X(LOST, "lost", AGAINST, "a signal had no effect, or the program needs it twice")              \
    X(LATE, "late", AGAINST, "ended, but beyond the deadline")                                     \
    X(UNSAFE, "unsafe", AGAINST, "async-signal-unsafe call in a handler" VERDICT_LATER)            \
    X(MISUSE, "misuse", AGAINST, "POSIX misuse: destroy in use, unlock by a non-owner, ...")       \
    X(ABANDONED, "abandoned", AGAINST, "a thread not marked as daemon is alive at the end")        \
    X(TWICE, "twice", AGAINST, "a debt was settled twice")                                         \
    X(OWING, "owing", AGAINST, "a debt is unsettled at the end")                                   \
    X(AFTERSTOP, "afterstop", AGAINST, "new work was begun after the stop was seen" VERDICT_LATER) \
    X(INHERIT, "inherit", AGAINST,                                                                 \
      "a child got a mask, ignored signals or descriptors" VERDICT_LATER)                          \
    X(LEFTOVER, "leftover", AGAINST, "a file, socket, child or descriptor is left behind")         \
    X(RESTART, "restart", AGAINST, "the next start fails because of a leftover (probe)")           \
    X(STATUS, "status", AGAINST, "unexpected exit status")                                         \
    X(PASS, "pass", PASS, "every oracle held")

enum verdict {
#define X(name, word, class, help) VERDICT_##name,
    CURFEW_VERDICTS(X)
#undef X
        VERDICT_COUNT
};

enum verdict_class { VERDICT_CLASS_UNJUDGED, VERDICT_CLASS_AGAINST, VERDICT_CLASS_PASS };

/* A row of the table; `verdict` < VERDICT_COUNT. */
const char *verdict_word(enum verdict verdict);
const char *verdict_help(enum verdict verdict);
enum verdict_class verdict_class_of(enum verdict verdict);

/* The exit status of a command that ends with this verdict: 0, 1 or 3. */
int verdict_exit_status(enum verdict verdict);

/* A set of verdicts that one execution earned, and the one that stands for it. */
#define VERDICT_BIT(verdict) (1u << (unsigned)(verdict))
_Static_assert(VERDICT_COUNT <= 32, "a set of verdicts is 32 bits");

/* The first of the set in the order of the table: the verdict of one execution.  An empty set is a
 * pass. */
enum verdict verdict_first(uint32_t set);

/* The verdict of many executions: what is known to be wrong counts for more than what could not be
 * judged, and both for more than a pass. */
enum verdict verdict_of_all(uint32_t set);

#endif
