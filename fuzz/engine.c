/* SPDX-License-Identifier: MIT
 *
 * engine.c -- the counters of one execution, for whichever engine this is linked with.
 *
 * The program under test is compiled with guards (trace-pc-guard), and its calls are renamed to the
 * functions here.  So one object serves all engines, whatever else is in the process is not
 * counted, and no sanitizer sees the counters: this file is compiled without any.
 */
#include "engine.h"

#include <stddef.h>

/* libFuzzer reads and clears what is in this section. */
__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t counters[ENGINE_COUNTERS];

/* AFL++'s map has at least 65,536 places; it is to look only at those that we use. */
extern uint8_t *__afl_area_ptr __attribute__((weak));
extern uint32_t __afl_map_size __attribute__((weak));

__attribute__((constructor)) static void engine_begin(void)
{
    if (&__afl_map_size != NULL) {
        __afl_map_size = ENGINE_COUNTERS;
    }
}

void curfew_fuzz_guard_init(uint32_t *start, uint32_t *stop);
void curfew_fuzz_guard(uint32_t *guard);

static uint32_t edges; /* read-only after the start */

static void count(uint32_t place)
{
    uint8_t *map = &__afl_area_ptr != NULL ? __afl_area_ptr : counters;
    uint8_t value = (uint8_t)(map[place] + 1);
    map[place] = value != 0 ? value : 1;
}

void curfew_fuzz_guard_init(uint32_t *start, uint32_t *stop)
{
    for (uint32_t *guard = start; guard < stop && *guard == 0; guard++) {
        *guard = 1 + edges++ % (ENGINE_EDGES - 1); /* AFL++ keeps the first place for itself */
    }
}

void curfew_fuzz_guard(uint32_t *guard)
{
    count(*guard);
}

static uint32_t spread(uint64_t hash, uint32_t bound)
{
    hash = (hash ^ hash >> 29) * UINT64_C(0x9fb21c651e98df25);
    return (uint32_t)((hash >> 32) % bound);
}

void engine_edge(uint64_t hash)
{
    count(1 + spread(hash, ENGINE_EDGES - 1));
}

void engine_feature(uint64_t hash)
{
    count(ENGINE_EDGES + spread(hash, ENGINE_COUNTERS - ENGINE_EDGES));
}

uint32_t engine_covered(void)
{
    uint32_t covered = 0;
    for (uint32_t at = 0; at < ENGINE_COUNTERS; at++) {
        covered += counters[at] != 0;
    }
    return covered;
}
