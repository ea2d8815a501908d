/* SPDX-License-Identifier: MIT
 *
 * timer.h -- the intercepted calls about timers that send signals, which run on virtual time.
 */
#ifndef RT_POSIX_TIMER_H
#define RT_POSIX_TIMER_H

#define RT_TIMER_CALLS(X)                                                                          \
    X(alarm)                                                                                       \
    X(ualarm)                                                                                      \
    X(setitimer)                                                                                   \
    X(getitimer)                                                                                   \
    X(timer_create)                                                                                \
    X(timer_settime)                                                                               \
    X(timer_gettime)                                                                               \
    X(timer_getoverrun)                                                                            \
    X(timer_delete)

#ifndef RT_EXPORTS_ONLY
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The next time at which one sends a signal; RT_NO_DEADLINE: none will. */
uint64_t rt_timers_next(void);
/* Sends the signals of those whose time has come. */
void rt_timers_refresh(void);
/* The signal of this timer has been delivered, with so many expirations more than one. */
void rt_timer_taken(int timer, int overrun);
/* A round of a loop begins: none is armed, as in a new process. */
void rt_timers_round(void);
/* Another program is about to begin in this process: alarm's timer goes on there. */
void rt_timers_exec(void);
#endif
#endif
