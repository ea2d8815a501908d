/* SPDX-License-Identifier: MIT
 *
 * semantic.h -- what is worth a counter besides the program's edges.
 */
#ifndef CURFEW_FUZZ_SEMANTIC_H
#define CURFEW_FUZZ_SEMANTIC_H

#include <stdbool.h>

#include "runtime/control.h"

/* X(NAME, word, help): $CURFEW_FUZZ_FEATURES lists those that count; all, if it is not set. */
#define FEATURES(X)                                                                                \
    X(SIGNAL, "signal", "signal, what its receiver did, and the phase of the shutdown")            \
    X(END, "end", "how many threads are alive at the stop and at each end, and who is last")       \
    X(RESULT, "result", "each operation with its result, in each phase")

/* Reads $CURFEW_FUZZ_FEATURES.  False: an unknown word, which is returned. */
bool features_begin(const char *text, const char **out_word);
/* Counts those of the execution that is over. */
void features_count(const struct rt_control *control);

#endif
