/* SPDX-License-Identifier: MIT
 *
 * kinds.h -- the words of a scenario: worker kinds, main styles, exit policies, signals and
 * anchors.
 *
 * Each table is the one place of its facts: enum, parser, "allowed" lists, `curfew list` and the
 * scenario program's dispatch all come from it.  What is flagged as a defect breaks one rule on
 * purpose and is listed apart from the rest.
 */
#ifndef CURFEW_SCENARIO_KINDS_H
#define CURFEW_SCENARIO_KINDS_H

/* What the judge and the program must know of a word besides its name. */
enum scenario_word_flags {
    WORD_PLAIN = 0,
    WORD_DEFECT = 1 << 0,  /* broken on purpose: for negative controls */
    WORD_FAILS = 1 << 1,   /* worker: its failure stops all and makes the exit status 1 */
    WORD_STOPS = 1 << 2,   /* worker: requests the stop itself */
    WORD_DAEMON = 1 << 3,  /* worker: never waited for, owes no cleanup */
    WORD_FORCES = 1 << 4,  /* main: a second INT ends the process by _exit(128 + SIGINT) */
    WORD_SIGWAIT = 1 << 5, /* main: a thread named `signals` takes all signals */
    WORD_STRAY = 1 << 6,   /* worker: nobody asks it to stop or waits for it; owes no cleanup */
    WORD_SKIPS = 1 << 7,   /* worker: registers no cleanup, though it owes one */
    WORD_TWICE = 1 << 8,   /* worker: registers its cleanup twice */
};

/* X(NAME, word, workers, threads, flags, help)
 *   workers:  named threads (word-1, word-2, ...) that one of the kind makes at the start
 *   threads:  all threads that one of the kind makes in its life */
#define SCENARIO_KINDS(X)                                                                          \
    X(POLL, "poll", 1, 1, WORD_PLAIN, "checks the stop once an iteration")                         \
    X(WAIT, "wait", 1, 1, WORD_PLAIN, "sleeps, and the stop interrupts the sleep")                 \
    X(COND, "cond", 1, 1, WORD_PLAIN, "waits on a condition variable shared by all of its kind")   \
    X(IO, "io", 1, 1, WORD_PLAIN, "blocked in read on a pipe")                                     \
    X(ACCEPT, "accept", 1, 1, WORD_PLAIN, "blocked in accept on a Unix socket, which it unlinks")  \
    X(POOL, "pool", 1, 3, WORD_PLAIN, "jobs in a pool of two threads, drained or cancelled")       \
    X(CPU, "cpu", 1, 1, WORD_PLAIN, "computes, and seldom checks the stop")                        \
    X(STAGES, "stages", 1, 1, WORD_PLAIN, "a task without a loop that checks between its stages")  \
    X(EARLY, "early", 1, 1, WORD_PLAIN, "has finished by itself when the stop comes")              \
    X(FAIL, "fail", 1, 1, WORD_FAILS, "fails, which stops all the others")                         \
    X(EXIT, "exit", 1, 1, WORD_PLAIN, "ends by pthread_exit instead of returning")                 \
    X(DAEMON, "daemon", 1, 1, WORD_DAEMON, "a daemon: asked to stop, but nobody waits for it")     \
    X(SPAWN, "spawn", 1, 3, WORD_PLAIN, "spawns two more workers while it runs")                   \
    X(STOP, "stop", 1, 1, WORD_STOPS, "requests the stop of the program itself")                   \
    X(SLOW, "slow", 1, 1, WORD_PLAIN, "its cleanup takes 20 ms and more")                          \
    X(LOCK, "lock", 1, 1, WORD_PLAIN, "works while it holds a mutex shared by all of its kind")    \
    X(QUEUE, "queue", 2, 2, WORD_PLAIN, "producer and consumer over a bounded queue, none lost")   \
    X(CLASS, "class", 1, 1, WORD_PLAIN, "an object that embeds the worker and its work's state")   \
    X(FLAG, "flag", 1, 1, WORD_PLAIN, "looks at a flag of its own: with main=flags one by one")    \
    X(PHASE, "phase", 1, 1, WORD_PLAIN, "the n-th belongs to phase n: later phases stop first")    \
    X(FILE, "file", 1, 1, WORD_PLAIN, "keeps a file in the working directory, which it unlinks")   \
    X(IGNORE, "ignore", 1, 1, WORD_DEFECT, "never looks at the stop: hang")                        \
    X(LAG, "lag", 1, 1, WORD_DEFECT, "takes 4 s from the stop to its end: late")                   \
    X(SKIP, "skip", 1, 1, WORD_DEFECT | WORD_SKIPS, "skips its cleanup: owing")                    \
    X(TWICE, "twice", 1, 1, WORD_DEFECT | WORD_TWICE, "cleans up twice: twice")                    \
    X(RACE, "race", 1, 2, WORD_DEFECT, "polls a plain flag that another thread sets: race")        \
    X(ABANDON, "abandon", 1, 1, WORD_DEFECT | WORD_STRAY, "alive when main returns: abandoned")    \
    X(CRASH, "crash", 1, 1, WORD_DEFECT, "aborts when it is asked to stop: crash")                 \
    X(STATUS, "status", 1, 1, WORD_DEFECT, "makes the exit status 3: status")                      \
    X(LITTER, "litter", 1, 1, WORD_DEFECT, "leaves a file in the working directory: leftover")

/* X(NAME, word, flags, help) */
#define SCENARIO_MAINS(X)                                                                          \
    X(WAIT, "wait", WORD_FORCES, "waits on the stop, to which the signals are bound")              \
    X(SIGWAIT, "sigwait", WORD_FORCES | WORD_SIGWAIT, "a thread named `signals` sits in sigwait")  \
    X(SIGNALFD, "signalfd", WORD_PLAIN, "a poll loop on a signalfd")                               \
    X(SIGSUSPEND, "sigsuspend", WORD_PLAIN, "handlers that set a flag, and sigsuspend")            \
    X(JOIN, "join", WORD_FORCES, "only joins the workers; handlers run meanwhile")                 \
    X(LOOP, "loop", WORD_FORCES, "a loop of its own, with a sleep in it")                          \
    X(FLAGS, "flags", WORD_FORCES, "stops the workers one by one, each through its own stop")      \
    X(RELOAD, "reload", WORD_FORCES, "reloads on HUP, and stops on TERM all the same")             \
    X(SWALLOW, "swallow", WORD_DEFECT | WORD_SIGWAIT, "sigwait that forgets the first stop: lost")

/* X(NAME, word, flags, help) */
#define SCENARIO_EXITS(X)                                                                          \
    X(ZERO, "zero", WORD_PLAIN, "a stop by signal is success: 0")                                  \
    X(RERAISE, "reraise", WORD_PLAIN, "ends by the signal that stopped it")                        \
    X(CODE128, "128", WORD_PLAIN, "128 + n, as a shell reports a death by signal n")

/* X(NAME, word, stops, help).  The scenario program stops on the first three, and takes note of the
 * others. */
#define SCENARIO_SIGNALS(X)                                                                        \
    X(SIGTERM, "TERM", true, "stops; the second does nothing")                                     \
    X(SIGINT, "INT", true, "stops; the second forces where main's style says so")                  \
    X(SIGQUIT, "QUIT", true, "stops; the second does nothing")                                     \
    X(SIGHUP, "HUP", false, "noted, as for a reload")                                              \
    X(SIGUSR1, "USR1", false, "noted")                                                             \
    X(SIGUSR2, "USR2", false, "noted")

/* X(NAME, word, help) */
#define SCENARIO_ANCHORS(X)                                                                        \
    X(READY, "ready", "the program has said READY=1: a scenario's default")                        \
    X(START, "start", "the program was started")                                                   \
    X(HANDLED, "handled", "the program catches, blocks or ignores it: a program's default")        \
    X(PREVIOUS, "previous", "the signal before it was sent: default of all but the first")         \
    X(CLEANUP, "cleanup", "the first cleanup has begun")

#define SCENARIO_MAIN_DEFAULT MAIN_WAIT
#define SCENARIO_EXIT_DEFAULT EXIT_POLICY_ZERO
#define SCENARIO_SIGNAL_DEFAULT SIGTERM

enum scenario_kind {
#define X(name, ...) KIND_##name,
    SCENARIO_KINDS(X)
#undef X
        KIND_COUNT
};

enum scenario_main {
#define X(name, ...) MAIN_##name,
    SCENARIO_MAINS(X)
#undef X
        MAIN_COUNT
};

enum scenario_exit {
#define X(name, ...) EXIT_POLICY_##name,
    SCENARIO_EXITS(X)
#undef X
        EXIT_POLICY_COUNT
};

/* What the time of a signal is counted from. */
enum scenario_anchor {
#define X(name, ...) ANCHOR_##name,
    SCENARIO_ANCHORS(X)
#undef X
        ANCHOR_COUNT
};

#endif
