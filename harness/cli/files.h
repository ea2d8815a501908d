/* SPDX-License-Identifier: MIT
 *
 * files.h -- files that are written whole or not at all, and an stdout whose errors are noticed.
 */
#ifndef CURFEW_CLI_FILES_H
#define CURFEW_CLI_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* The first line of a saved failure: the version of its form. */
#define SAVED_FORMAT "curfew-real 1"

/* Writes a file under a temporary name beside it, then renames it.
 *   Errors:  a negative errno; no file of that name is left behind or changed. */
int file_write(const char *path, const void *data, size_t size_bytes);

/* Makes a directory and those above it, if missing; then checks that a file can be written there.
 *   Errors:  a negative errno. */
int file_check_directory(const char *path);

/* The same check for the directory that a file is to be in; nothing is made. */
int file_check_parent(const char *path);

/* The exit status for an output that cannot be written: a full disk is no usage error. */
int file_error_status(int error);

/* Flushes stdout.  0, or the negative errno of the first failure, each time. */
int stdout_flush(void);

#endif
