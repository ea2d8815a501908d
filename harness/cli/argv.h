/* SPDX-License-Identifier: MIT
 *
 * argv.h -- NULL-terminated lists of words, as exec wants them.
 */
#ifndef CURFEW_CLI_ARGV_H
#define CURFEW_CLI_ARGV_H

#include <stdbool.h>
#include <stddef.h>

struct argv {
    char **words; /* owned, as each word; [count + 1]; NULL: empty */
    size_t count;
    bool failed; /* out of memory: it is not complete */
};

__attribute__((format(printf, 2, 3))) void argv_add(struct argv *argv, const char *format, ...);
/* For environments: "NAME=..." takes the place of what NAME was. */
void argv_set(struct argv *argv, const char *name, const char *value);
/* Our own environment, without the variables whose names begin so. */
void argv_environment(struct argv *argv, const char *without_prefix);
void argv_fini(struct argv *argv);

#endif
