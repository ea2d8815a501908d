/* SPDX-License-Identifier: MIT
 *
 * empty.c -- a target that does nothing: what an engine can do at most, for scripts/bench fuzz.
 */
#include "engine.h"
#include "fuzz.h"
#include "status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready;
    if (size < 12) {
        return -1;
    }
    if (!ready) {
        FUZZ_CHECK(status_begin());
        ready = 1;
    }
    status_input(data, size);
    engine_edge(1);
    return 0;
}
