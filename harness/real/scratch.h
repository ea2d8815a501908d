/* SPDX-License-Identifier: MIT
 *
 * scratch.h -- directories that vanish: one per campaign, and below it one per execution.
 */
#ifndef CURFEW_REAL_SCRATCH_H
#define CURFEW_REAL_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SCRATCH_PATH_BYTES 512u

/* Makes a new directory below $TMPDIR or /tmp.
 *   Errors:  -EINVAL a quote in $TMPDIR; -ENAMETOOLONG, or what mkdtemp says. */
int scratch_make(char path[SCRATCH_PATH_BYTES]);

/* Removes a directory with all that is in it; what is mounted there is left alone. */
void scratch_remove(const char *path);

/* Writes the names of what is in the directory (and below), separated by blanks, a '/' after a
 * directory's; at most `names_max`, then "...".  Returns how many there are. */
size_t scratch_list(const char *path, size_t names_max, FILE *file);

#endif
