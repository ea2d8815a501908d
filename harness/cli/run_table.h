/* SPDX-License-Identifier: MIT
 *
 * run_table.h -- what the option tables of `curfew run` and `curfew sweep` share.
 */
#ifndef CURFEW_CLI_RUN_TABLE_H
#define CURFEW_CLI_RUN_TABLE_H

#include "options.h"
#include "run.h"

enum run_option {
    OPTION_REAL = 1,
    OPTION_ALL,
    OPTION_RUNS,
    OPTION_TIME,
    OPTION_SEED,
    OPTION_STRATEGY,
    OPTION_POINTS,
    OPTION_STEPS,
    OPTION_CPUS,
    OPTION_ORACLES,
    OPTION_NO_ORACLE,
    OPTION_ALLOW_ABANDONED,
    OPTION_DEADLINE,
    OPTION_JOBS,
    OPTION_SHARD,
    OPTION_SIGNALS,
    OPTION_EXPECT_STATUS,
    OPTION_FLAVOUR,
    OPTION_KEEP_GOING,
    OPTION_SAVE,
    OPTION_TRACE,
    OPTION_JSON,
    OPTION_JUNIT,
    OPTION_QUIET,
    OPTION_HASHES,
    OPTION_NO_LOOP,
    OPTION_TRACES,
    OPTION_OUTPUT,
    OPTION_REPORTS,
    OPTION_ASLR,
    OPTION_CPU,
    OPTION_PATIENCE,
    OPTION_CPU_MS,
    OPTION_PREEMPTIONS, /* of sweep alone, as the next */
    OPTION_RESUME,
    OPTION_OUTCOMES, /* of run alone */
};

/* Rows that both tables have, in words that fit both. */
#define RUN_ROWS_EXECUTION                                                                         \
    OPTION_VALUE(OPTION_STEPS, "steps", "bound on steps, 100 more per signal (100000)", "N"),      \
        OPTION_VALUE(OPTION_CPUS, "cpus", "processors that the program is told of (default 4)",    \
                     "N"),                                                                         \
        OPTION_VALUE(OPTION_ORACLES, "oracles", "only these rules: NAME,..., all or none",         \
                     "LIST"),                                                                      \
        OPTION_VALUE(OPTION_NO_ORACLE, "no-oracle", "not these rules: NAME,...", "LIST"),          \
        OPTION_FLAG(OPTION_ALLOW_ABANDONED, "allow-abandoned",                                     \
                    "threads may be alive when the program ends: --no-oracle=abandoned")

#define RUN_ROWS_PARTS                                                                             \
    OPTION_VALUE(OPTION_JOBS, "jobs", "executions at once, at most 256 (default: the CPUs)", "N"), \
        OPTION_VALUE(OPTION_SHARD, "shard", "the I-th of N equal parts of the executions", "I/N")

#define RUN_ROWS_TOLD                                                                              \
    OPTION_FLAG(OPTION_TRACE, "trace", "show every step of a failure"),                            \
        OPTION_FLAG(OPTION_JSON, "json", "one JSON object per line on stdout"),                    \
        OPTION_VALUE(OPTION_JUNIT, "junit", "write a JUnit XML file", "FILE"),                     \
        OPTION_FLAG(OPTION_QUIET, "quiet", "failures only: no header, progress or table")

/* Parses, checks, makes the targets and calls the engine; save_default is where failures go without
 * --save, NULL: nowhere.  Returns the verb's exit status. */
int run_main(const struct verb *verb, const struct arguments *arguments,
             const struct poptOption *options_table, run_engine *engine, const char *save_default);

#endif
