/* SPDX-License-Identifier: MIT
 *
 * loop.h -- many executions of one scenario in one process, for programs built by curfew-cc.
 *
 *     #include <curfew/loop.h>
 *
 *     int main(void)
 *     {
 *         prepare();
 *         CURFEW_LOOP(1) {
 *             scenario();      starts its threads, stops them, joins them
 *         }
 *         return 0;
 *     }
 *
 * Under a controller each round is one execution: it begins when curfew_loop returns true and ends
 * when it is called again, and what comes before the first round belongs to none.  One seed gives
 * one trace, whether its round is the only one of a process or one of thousands.  For that a round
 * must leave the program's own memory and descriptors as it found them.  A round that fails ends
 * the process; the controller goes on in a new one.
 * Natively CURFEW_LOOP(n) makes n rounds, and `while (curfew_loop())` one.
 * Threads: only the main thread, with no other thread alive at the first call.
 */
#ifndef CURFEW_LOOP_H
#define CURFEW_LOOP_H

#ifdef __cplusplus
extern "C" {
#endif

/* The runtime's; absent from a program that curfew-cc did not link.  1: go on; 0: no more rounds;
 * -1: nobody controls this process. */
extern int curfew__loop_next(void) __attribute__((weak));

static inline int curfew_loop_counted(unsigned long *left)
{
    int next = curfew__loop_next != 0 ? curfew__loop_next() : -1;
    return next >= 0 ? next : (*left > 0 ? (int)((*left)-- > 0) : 0);
}

/* True: begin a round. */
static inline int curfew_loop(void)
{
    static unsigned long left = 1;
    return curfew_loop_counted(&left);
}

#define CURFEW_LOOP(rounds)                                                                        \
    for (unsigned long curfew_loop_left = (rounds); curfew_loop_counted(&curfew_loop_left);)

#ifdef __cplusplus
}
#endif

#endif
