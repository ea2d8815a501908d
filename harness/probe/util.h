/* SPDX-License-Identifier: MIT
 *
 * util.h -- small helpers of the probe: memory, time, text files, hashing.
 */
#ifndef CURFEW_PROBE_UTIL_H
#define CURFEW_PROBE_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Allocation that never fails: out of memory ends the driver with status 3. */
void *xrealloc(void *old, size_t bytes);
void *xcalloc(size_t count, size_t bytes);
char *xstrdup(const char *text);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t now_ns(void); /* CLOCK_MONOTONIC */

/* Reads a whole file, at most bytes - 1 of it, and ends it with NUL.  Returns the length, or -1. */
long read_text(const char *path, char *out_text, size_t bytes);
/* Writes a text to an existing file.  Returns 0 or a negative errno. */
int write_text(const char *path, const char *text);

/* Adds to a text of limited size, cutting what does not fit. */
void append(char *text, size_t bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count);
#define HASH_START 0xcbf29ce484222325u

/* The next number of a reproducible sequence (splitmix64). */
uint64_t random_next(uint64_t *state);

#endif
