/* SPDX-License-Identifier: MIT
 *
 * verb.h -- the verbs of `curfew`: one file each, and one table in main.c.
 */
#ifndef CURFEW_CLI_VERB_H
#define CURFEW_CLI_VERB_H

/* Exit statuses of every verb: the command contract. */
enum status { STATUS_PASS = 0, STATUS_AGAINST = 1, STATUS_USAGE = 2, STATUS_UNJUDGED = 3 };

struct arguments {
    int argc; /* of what stands before "--"; argv[0] is the verb */
    char **argv;
    char **program; /* what stands after "--", NULL-terminated; NULL: there is no "--" */
};

struct verb {
    const char *name;
    const char *usage; /* what follows the name */
    const char *help;  /* one line */
    const char *notes; /* lines below the options in its help; "": none */
    int (*run)(const struct verb *verb, const struct arguments *arguments);
};

int verb_list(const struct verb *verb, const struct arguments *arguments);
int verb_run(const struct verb *verb, const struct arguments *arguments);
int verb_sweep(const struct verb *verb, const struct arguments *arguments);
int verb_fuzz(const struct verb *verb, const struct arguments *arguments);
int verb_probe(const struct verb *verb, const struct arguments *arguments);
int verb_replay(const struct verb *verb, const struct arguments *arguments);
int verb_doctor(const struct verb *verb, const struct arguments *arguments);

#endif
