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
};

/* Parses, checks, makes the targets and calls the engine; save_default is where failures go without
 * --save, NULL: nowhere.  Returns the verb's exit status. */
int run_main(const struct verb *verb, const struct arguments *arguments,
             const struct poptOption *options_table, run_engine *engine, const char *save_default);

#endif
