/* SPDX-License-Identifier: MIT
 *
 * engine.h -- where a target's feedback goes: AFL++'s map, libFuzzer's extra counters, or nowhere.
 */
#ifndef CURFEW_FUZZ_ENGINE_H
#define CURFEW_FUZZ_ENGINE_H

#include <stdint.h>

/* The first counters are the program's edges, by their numbers; the others are features. */
#define ENGINE_COUNTERS 8192u
#define ENGINE_EDGES 6144u

/* For who has no guards: something like an edge of the program. */
void engine_edge(uint64_t hash);
/* One of the features counts. */
void engine_feature(uint64_t hash);
/* How many counters are not zero; for who has no engine. */
uint32_t engine_covered(void);

#endif
