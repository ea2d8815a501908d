/* SPDX-License-Identifier: MIT
 *
 * out.h -- where a campaign's results go: the terminal, JSON lines, a JUnit file, a directory of
 * failures.  Each is a set of functions behind one struct; `run` tells all that were asked for.
 */
#ifndef CURFEW_CLI_OUT_H
#define CURFEW_CLI_OUT_H

#include <stdio.h>

#include "campaign.h"

/* What every output may want to know. */
struct out_run {
    const struct campaign_config *config;
    const struct targets *targets;
    const char *flavour;
    const char *signals; /* as given; NULL: the default */
    uint64_t deadline_default_ns;
    const char *save;  /* the directory for failures; NULL: none */
    const char *junit; /* the file; NULL: none */
    bool quiet;
};

/* One output.  `state` is its own.  Functions may be NULL.  Each returns 0 or, when it could not
 * write, a negative errno with *out_what set to what it was writing. */
struct out {
    void *state;
    int (*begin)(void *state, const struct out_run *run, const char **out_what);
    int (*failure)(void *state, const struct out_run *run, const struct campaign_failure *failure,
                   const char **out_what);
    void (*progress)(void *state, const struct campaign_progress *progress);
    int (*end)(void *state, const struct out_run *run, const struct campaign_result *result,
               const char **out_what);
};

struct out out_text(void);
struct out out_json(void);
struct out out_save(void); /* must come before those that tell the name of the file */
struct out out_junit(void);

/* ---- describe.c: texts that several outputs share. ---- */

/* The command that repeats one execution, without a newline. */
void describe_reproduce(const struct out_run *run, const struct campaign_failure *failure,
                        FILE *file);

/* All that is known of a failure, in lines; the last is "reproduce: ...". */
void describe_failure(const struct out_run *run, const struct campaign_failure *failure,
                      FILE *file);

/* The file that out_save writes for a failure, in the directory run->save.
 *   Owns:    the caller owns it; NULL: no such directory, or no memory. */
char *describe_file(const struct out_run *run, const struct campaign_failure *failure);

/* True if a result is to be coloured: a terminal, and NO_COLOR is not set. */
bool out_has_colour(FILE *file);

#endif
