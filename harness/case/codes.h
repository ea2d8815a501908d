/* SPDX-License-Identifier: MIT
 *
 * codes.h -- the numbers that case files have for the words of harness/scenarios/kinds.h.
 *
 * The place in a list is the code, so that new words never change what old files mean: append only.
 * A word of kinds.h without a code does not compile.
 */
#ifndef CURFEW_CASE_CODES_H
#define CURFEW_CASE_CODES_H

/* clang-format off */

#define CASE_KINDS(X)                                                                              \
    X(POLL)                                                                                        \
    X(WAIT) X(COND) X(IO) X(ACCEPT) X(POOL) X(CPU) X(STAGES) X(EARLY) X(FAIL) X(EXIT) X(DAEMON)    \
        X(SPAWN) X(STOP) X(SLOW) X(LOCK) X(QUEUE) X(CLASS) X(FLAG) X(PHASE) X(FILE) X(IGNORE)      \
            X(LAG) X(SKIP) X(TWICE) X(RACE) X(ABANDON) X(CRASH) X(STATUS) X(LITTER)

#define CASE_MAINS(X)                                                                              \
    X(WAIT) X(SIGWAIT) X(SIGNALFD) X(SIGSUSPEND) X(JOIN) X(LOOP) X(FLAGS) X(RELOAD) X(SWALLOW)

#define CASE_EXITS(X) X(ZERO) X(RERAISE) X(CODE128)

#define CASE_SIGNALS(X) X(SIGTERM) X(SIGINT) X(SIGQUIT) X(SIGHUP) X(SIGUSR1) X(SIGUSR2)

/* clang-format on */

#endif
