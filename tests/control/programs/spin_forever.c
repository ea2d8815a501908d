/* SPDX-License-Identifier: MIT
 *
 * A loop with no access at all when BAD: only the watchdog can see it.
 */
#include "common.h"

static void *spinner(void *unused)
{
#ifdef BAD
    for (;;) {
        __asm__ volatile("");
    }
#endif
    return unused;
}

int main(void)
{
    thread_join(thread_start(spinner, NULL));
    return 0;
}
