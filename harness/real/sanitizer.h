/* SPDX-License-Identifier: MIT
 *
 * sanitizer.h -- the reports of ThreadSanitizer and its kin: how they are asked for, read, classed
 * and given names.
 *
 * Reports go to files beside the scratch directory (log_path), not to stderr, so that a program
 * that floods or closes its descriptors loses none.  They hold module paths and offsets; names are
 * looked up once per distinct report, in one call of llvm-symbolizer.
 */
#ifndef CURFEW_REAL_SANITIZER_H
#define CURFEW_REAL_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../verdict.h"

/* The sanitizers whose options are set: TSAN_OPTIONS, ASAN_OPTIONS, UBSAN_OPTIONS. */
#define SANITIZERS 3u
extern const char *const sanitizer_variables[SANITIZERS];

/* "NAME=value" for sanitizer `index`: ours, the user's own, and what must be as we say.
 *   Owns:    the caller owns the text; NULL: out of memory. */
char *sanitizer_options(unsigned index, const char *report_path);

/* True if the ELF file at `path` was built with ThreadSanitizer, linked statically (clang) or as a
 * library (gcc): a stripped one, too, names the runtime's first function.  A file that cannot be
 * read, or is no ELF file, is not.
 *   out_elf:  whether it is an ELF file at all; a script says nothing of what it runs. */
bool sanitizer_watches_races(const char *path, bool *out_elf);

/* Reads all reports of an execution, one after the other; at most 1 MiB.
 *   Owns:    the caller owns the text; NULL: there is none. */
char *sanitizer_read(const char *report_path);

/* Removes them. */
void sanitizer_remove(const char *report_path);

/* Removes from the program's TMPDIR what is ThreadSanitizer's own: a file that it makes and unlinks
 * at its start stays when a signal ends the process between the two. */
void sanitizer_tidy(const char *directory, pid_t pid);

/* The set of verdicts that a report stands for.
 *   orderly:  the program ended by itself; else threads that nobody joined are no wonder. */
uint32_t sanitizer_classify(const char *report, bool orderly);

/* Writes into `place` what tells this report from others: the innermost frame of each stack. */
void sanitizer_place(const char *report, char *place, size_t place_bytes);

/* If the line is a report's summary: where its words end and the bare address begins. */
const char *sanitizer_summary_end(const char *line, const char *end);

/* The input for llvm-symbolizer: a line "module offset" per frame.
 *   Owns:    the caller owns the text; NULL: nothing to look up. */
char *sanitizer_questions(const char *report);

/* The report with each frame's address replaced by llvm-symbolizer's answer (--pretty-print
 * --inlines).
 *   Owns:    the caller owns the text; NULL: the answers do not fit. */
char *sanitizer_answer(const char *report, const char *answers);

#endif
