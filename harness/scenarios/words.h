/* SPDX-License-Identifier: MIT
 *
 * words.h -- what parser and formatter share of the tables; private to this folder.
 */
#ifndef CURFEW_SCENARIO_WORDS_H
#define CURFEW_SCENARIO_WORDS_H

#include "scenario.h"

enum scenario_signal_word {
#define X(name, word, stops, help) SIGNAL_WORD_##name,
    SCENARIO_SIGNALS(X)
#undef X
        SIGNAL_WORDS_COUNT
};

extern const struct scenario_word scenario_anchor_words[ANCHOR_COUNT];
extern const struct scenario_word scenario_signal_words[SIGNAL_WORDS_COUNT];

/* The number of the signal at `index` of scenario_signal_words. */
int scenario_word_signo(size_t index);

#endif
