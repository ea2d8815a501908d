/* SPDX-License-Identifier: MIT
 *
 * loop_random.c -- rounds of a loop that go by what they draw: as often as the kernel's random
 * bytes say, those of a call and those of the process, it takes a step.
 */

#include <curfew/loop.h>
#include <sys/auxv.h>
#include <sys/random.h>

#include "common.h"

static void play(void)
{
    unsigned char drawn;
    unsigned char given[2];
    MUST(getrandom(&drawn, 1, 0) == 1);
    memcpy(given, (const void *)getauxval(AT_RANDOM), sizeof given);
    for (unsigned left = drawn % 16u + given[1] % 4u * 16u; left > 0; left--) {
        MUST(usleep(1) == 0);
    }
}

int main(void)
{
    CURFEW_LOOP(3)
    {
        play();
    }
    return 0;
}
