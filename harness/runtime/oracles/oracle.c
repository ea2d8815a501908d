/* SPDX-License-Identifier: MIT
 *
 * oracle.c -- how a broken rule ends an execution.
 */
#include "oracle.h"

void rt_oracle(enum rt_oracle oracle, const struct rt_thread *who, const char *text,
               const char *word)
{
    if (rt_oracle_on(oracle)) {
        rt.control->stop_oracle = oracle;
        rt_stop(RT_STOP_ORACLE, who, text, word, "");
    }
}
