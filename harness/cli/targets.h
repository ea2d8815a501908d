/* SPDX-License-Identifier: MIT
 *
 * targets.h -- from the command line to what is executed: catalogue names, scenario texts, files of
 * scenarios, or a program with its arguments.
 */
#ifndef CURFEW_CLI_TARGETS_H
#define CURFEW_CLI_TARGETS_H

#include "subject.h"

struct targets {
    struct subject *subjects; /* owned, [count] */
    size_t count;
};

/* What the targets are to be made of. */
struct target_request {
    const char *verb;   /* for messages */
    const char **names; /* catalogue names, texts, @files; none: the whole catalogue of good ones */
    char **program;     /* or a program; NULL: none */
    const char *signals; /* a plan that overrides the scenario's, or is the program's; NULL: none */
    const char *flavour; /* which scenario program */
    bool controlled;     /* the one that is linked with the runtime */
    int expect_status;   /* of a program */
};

/* Makes them.  Prints what is wrong.
 *   Owns:    targets_free must be called in any case.
 *   Returns -1 to go on, else the exit status. */
int targets_make(const struct target_request *request, struct targets *out_targets);
void targets_free(struct targets *targets);

/* A program and its arguments as a shell reads them.
 *   Owns:    the caller owns the text; NULL: no memory. */
char *targets_command_line(char **program);

/* The arguments of a scenario program.
 *   Owns:    the caller owns it and all in it; NULL: no memory. */
char **targets_scenario_argv(const char *program, const char *text);

/* Finds a program of Curfew's own: in $CURFEW_LIBEXEC, beside curfew itself, or where it is built
 * or installed relative to it.
 *   Owns:    the caller owns the path; NULL: there is none. */
char *targets_find(const char *program);

/* Finds likewise the scenario program of a flavour, linked with the runtime or not.
 *   Owns:    the caller owns the path; NULL: there is none. */
char *targets_find_program(const char *flavour, bool controlled);

#endif
