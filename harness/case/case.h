/* SPDX-License-Identifier: MIT
 *
 * case.h -- one execution as bytes: what a fuzzer edits, and what `curfew replay` takes back.
 *
 * Any bytes are a case.  With the line CASE_MAGIC before them, which case_encode always writes,
 * they are a case file.  Behind it, numbers with the low byte first:
 *
 *     u8 base strategy   u8 flags   u16 expected steps   u64 seed
 *     the configuration: a scenario in codes, or only the plan of signals for a program
 *     records of four bytes: u8 kind + 16 * phase, u8 argument, u16 position
 *
 * What a byte cannot mean is taken modulo what it can, what does not fit is left out, and what is
 * missing is zero.  docs/fuzzing.md says what the records do.  Nothing here has state.
 */
#ifndef CURFEW_CASE_H
#define CURFEW_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../runtime/control.h"
#include "../scenarios/scenario.h"

#define CASE_MAGIC "curfew case 1\n"
#define CASE_MAGIC_BYTES 14u
#define CASE_HEAD_BYTES 12u /* in front of the configuration */
#define CASE_BYTES_MAX 8192u

struct execution_case {
    uint32_t base; /* enum rt_case_base */
    bool points_access;
    uint16_t expected_steps; /* 0: unknown */
    uint64_t seed;
    bool is_program;          /* its program is not part of it, and it has no scenario */
    struct scenario scenario; /* a valid one; its signals may come from the start on */
    uint32_t signals_count;   /* of a program */
    struct rt_signal signals[RT_SIGNALS_MAX];
    uint32_t records_count; /* in ascending order of phase and position */
    struct rt_record records[RT_RECORDS_MAX];
};

/* Total: whatever the bytes are.  All bytes of *out_case are set. */
void case_decode(const uint8_t *bytes, size_t size, struct execution_case *out_case);

/* The canonical bytes; decoding them gives an equal case.
 *   Errors:  -EINVAL it is not a case that case_decode could give; -ENOSPC. */
int case_encode(const struct execution_case *execution, uint8_t *bytes, size_t size_max,
                size_t *out_size);

/* Brings records into their order; leaves out those that do nothing. */
void case_sort(struct execution_case *execution);

/* A program's or scenario's plan, for the runtime.  Returns how many. */
uint32_t case_signals(const struct execution_case *execution,
                      struct rt_signal signals[RT_SIGNALS_MAX]);

#endif
