/* SPDX-License-Identifier: MIT
 *
 * flavours.h -- the flavours of what executes under control: one table.
 *
 * Executions are the same in each, step by step; they differ in what is looked for meanwhile.  The
 * file of a program tells its flavour (control_program_flavour).
 */
#ifndef CURFEW_CONTROL_FLAVOURS_H
#define CURFEW_CONTROL_FLAVOURS_H

/* X(word), with BETWEEN between them; the first is the default:
 *   tsan   the runtime, and ThreadSanitizer: races
 *   fast   the runtime alone
 *   asan   fast, and AddressSanitizer: errors of memory */
#define CONTROL_FLAVOURS(X, BETWEEN) X("tsan") BETWEEN X("fast") BETWEEN X("asan")

/* For messages and help texts. */
#define CONTROL_FLAVOUR_WORDS CONTROL_FLAVOURS(CONTROL_FLAVOUR_WORD, ", ")
#define CONTROL_FLAVOUR_WORD(word) word

#define CONTROL_FLAVOUR_BYTES 8

/* The flavour of that name; NULL: there is none. */
const char *control_flavour_find(const char *name);

#endif
