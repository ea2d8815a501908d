/* SPDX-License-Identifier: MIT
 *
 * supervisor_143.c -- class 19, supervisor's contract: earns `status`, signals: TERM.
 * Report: mcelog#12, nixpkgs#8034.  After a clean stop the daemon exits with 143, which its
 * supervisor takes for a failed unit. Good: 0.
 */
#include "zoo.h"

int main(void)
{
    block(SIGTERM);
    await(SIGTERM);
#ifdef BAD
    return 128 + SIGTERM;
#else
    return 0;
#endif
}
