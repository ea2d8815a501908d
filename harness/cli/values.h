/* SPDX-License-Identifier: MIT
 *
 * values.h -- the values of options, parsed strictly.  Pure.
 */
#ifndef CURFEW_CLI_VALUES_H
#define CURFEW_CLI_VALUES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A whole number within bounds: decimal, or hexadecimal with 0x. */
bool value_number(const char *text, uint64_t least, uint64_t most, uint64_t *out_number);

/* A time with its unit: 500ms, 30s, 1.5m, 2h.  More than 0, at most a year. */
bool value_duration(const char *text, uint64_t *out_ns);

/* Writes a word as a shell reads it back. */
void value_print_quoted(const char *word, FILE *file);

/* Writes a time as value_duration reads it. */
void value_print_duration(uint64_t ns, FILE *file);

#endif
