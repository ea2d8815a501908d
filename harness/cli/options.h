/* SPDX-License-Identifier: MIT
 *
 * options.h -- strict long options on top of popt: one table feeds parser and help; a repeated or
 * an unknown option is an error that says where help is.
 */
#ifndef CURFEW_CLI_OPTIONS_H
#define CURFEW_CLI_OPTIONS_H

#include <popt.h>
#include <stdbool.h>
#include <stdint.h>

#include "verb.h"

/* Rows of an option table.  `id` is 1 to 62. */
#define OPTION_FLAG(id, name, help)                                                                \
    {                                                                                              \
        name, '\0', POPT_ARG_NONE, NULL, id, help, NULL                                            \
    }
#define OPTION_VALUE(id, name, help, value)                                                        \
    {                                                                                              \
        name, '\0', POPT_ARG_STRING, NULL, id, help, value                                         \
    }
/* One that only tests and the curious need: not in the help. */
#define OPTION_HIDDEN(id, name, argument)                                                          \
    {                                                                                              \
        name, '\0', (argument) | POPT_ARGFLAG_DOC_HIDDEN, NULL, id, NULL, NULL                     \
    }
#define OPTION_HELP 63
#define OPTIONS_END                                                                                \
    { "help", 'h', POPT_ARG_NONE, NULL, OPTION_HELP, "show this help", NULL }, POPT_TABLEEND

/* Called for each option; `value` is NULL for a flag.  False: the value is wrong, and a message
 * that names the option has been printed. */
typedef bool option_fn(void *context, int id, const char *value);

/* Parses arguments->argv.
 *   out_names:  the other arguments, NULL-terminated; lent until options_end.
 *   Returns -1 to go on, else the verb's exit status (help was asked for, or an error was
 *   printed). */
struct options {
    poptContext context; /* private */
    const char **names;
};
int options_begin(struct options *options, const struct verb *verb, const struct poptOption *table,
                  const struct arguments *arguments, option_fn *fn, void *context);
void options_end(struct options *options);

/* Prints "curfew VERB: MESSAGE (see curfew VERB --help)" to stderr; returns STATUS_USAGE. */
__attribute__((format(printf, 2, 3))) int usage_error(const char *verb, const char *format, ...);

/* The value of an option, into *slot.  False: it is wrong, and a message that names the option has
 * been printed. */
bool option_text(const char *verb, const char *name, const char *value, char **slot); /* owned */
bool option_number(const char *verb, const char *name, const char *value, uint64_t least,
                   uint64_t most, uint64_t *slot);
bool option_duration(const char *verb, const char *name, const char *value, uint64_t *slot_ns);

/* Prints "curfew VERB: MESSAGE" to stderr; returns `status`. */
__attribute__((format(printf, 3, 4))) int plain_error(const char *verb, int status,
                                                      const char *format, ...);

#endif
