/* SPDX-License-Identifier: MIT
 *
 * environment.h -- what a program under test finds in its environment.
 */
#ifndef CURFEW_REAL_ENVIRONMENT_H
#define CURFEW_REAL_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

/* Our environment, but with the variables of one execution: CURFEW_LEDGER, CURFEW_SEED,
 * NOTIFY_SOCKET, TMPDIR, and the sanitizers' options.
 *   Owns:    the caller owns it, to be released with environment_free; NULL: out of memory. */
char **environment_new(const char *notify_address, const char *directory, const char *report_path,
                       uint64_t seed);
void environment_free(char **environment); /* NULL is fine */

#endif
