/* SPDX-License-Identifier: MIT
 *
 * verdict.c -- the rows of the table in verdict.h.
 */
#include "verdict.h"

static const struct {
    const char *word;
    enum verdict_class class;
    const char *help;
} rows[VERDICT_COUNT] = {
#define X(name, word, class, help) { word, VERDICT_CLASS_##class, help },
    CURFEW_VERDICTS(X)
#undef X
};

const char *verdict_word(enum verdict verdict)
{
    return rows[verdict].word;
}

const char *verdict_help(enum verdict verdict)
{
    return rows[verdict].help;
}

enum verdict_class verdict_class_of(enum verdict verdict)
{
    return rows[verdict].class;
}

int verdict_exit_status(enum verdict verdict)
{
    switch (rows[verdict].class) {
    case VERDICT_CLASS_PASS:
        return 0;
    case VERDICT_CLASS_AGAINST:
        return 1;
    case VERDICT_CLASS_UNJUDGED:
        break;
    }
    return 3;
}

enum verdict verdict_first(uint32_t set)
{
    return set == 0 ? VERDICT_PASS : (enum verdict)__builtin_ctz(set);
}

enum verdict verdict_of_all(uint32_t set)
{
    uint32_t against = 0;
    for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        against |= rows[verdict].class == VERDICT_CLASS_AGAINST ? VERDICT_BIT(verdict) : 0;
    }
    return verdict_first((set & against) != 0 ? set & against : set);
}
