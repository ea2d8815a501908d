/* SPDX-License-Identifier: MIT
 *
 * loop_state.c -- BAD: rounds that are not independent: from the third one of a process on, one
 * fails.  The twin counts from the start in each.
 */
#include <curfew/loop.h>

#include "common.h"

static int rounds;

static void *count(void *unused)
{
    rounds++;
    return unused;
}

int main(void)
{
    CURFEW_LOOP(1)
    {
#ifndef BAD
        rounds = 0;
#endif
        thread_join(thread_start(count, NULL));
        if (rounds == 3) {
            exit(1);
        }
    }
    return 0;
}
