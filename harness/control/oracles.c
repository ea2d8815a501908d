/* SPDX-License-Identifier: MIT
 *
 * oracles.c -- the rules of runtime/oracles/table.h by name, and which verdict each gives.
 */
#include <errno.h>
#include <string.h>

#include "control.h"

static const struct {
    const char *word;
    enum verdict verdict;
    const char *help;
} rows[RT_ORACLE_COUNT] = {
#define X(name, word, verdict, help) { word, VERDICT_##verdict, help },
    RT_ORACLES(X)
#undef X
};

const char *control_oracle_word(enum rt_oracle oracle)
{
    return rows[oracle].word;
}

const char *control_oracle_help(enum rt_oracle oracle)
{
    return rows[oracle].help;
}

enum verdict control_oracle_verdict(enum rt_oracle oracle)
{
    return rows[oracle].verdict;
}

static bool oracle_find(const char *word, size_t length, uint32_t *out_bit)
{
    for (unsigned at = 0; at < RT_ORACLE_COUNT; at++) {
        if (strlen(rows[at].word) == length && strncmp(rows[at].word, word, length) == 0) {
            *out_bit = RT_ORACLE_BIT(at);
            return true;
        }
    }
    return false;
}

int control_oracles_parse(const char *list, uint32_t *out_set, char error[512])
{
    uint32_t set = 0;
    if (strcmp(list, "all") == 0 || strcmp(list, "none") == 0) {
        *out_set = list[0] == 'a' ? RT_ORACLES_ALL : 0;
        return 0;
    }
    for (const char *at = list;; at++) {
        size_t length = strcspn(at, ",");
        uint32_t bit = 0;
        if (!oracle_find(at, length, &bit)) {
            (void)snprintf(error, 512, "no such oracle: '%.*s' (see curfew list)",
                           (int)(length < 64 ? length : 64), at);
            return -EINVAL;
        }
        set |= bit;
        at += length;
        if (*at == '\0') {
            break;
        }
    }
    *out_set = set;
    return 0;
}

void control_oracles_print(uint32_t set, FILE *stream)
{
    const char *comma = "";
    if ((set & RT_ORACLES_ALL) == RT_ORACLES_ALL || set == 0) {
        (void)fputs(set != 0 ? "all" : "none", stream);
        return;
    }
    for (unsigned at = 0; at < RT_ORACLE_COUNT; at++) {
        if ((set & RT_ORACLE_BIT(at)) != 0) {
            (void)fprintf(stream, "%s%s", comma, rows[at].word);
            comma = ",";
        }
    }
}
