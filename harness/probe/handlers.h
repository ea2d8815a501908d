/* SPDX-License-Identifier: MIT
 *
 * handlers.h -- the signal handlers of the driver and of its runs.
 */
#ifndef CURFEW_PROBE_HANDLERS_H
#define CURFEW_PROBE_HANDLERS_H

#include <signal.h>
#include <stdint.h>

/* The first INT, TERM or HUP is noted, the second one ends the process; all are blocked, CHLD too,
 * but in handlers_wait: none is lost between a check and the wait. */
void handlers_catch(void);
int handlers_noted(void); /* the signal, or 0 */
void handlers_wait(void); /* for any of them */

/* Begins ticks: SIGALRM at this interval, which does nothing but end a waitpid and count. */
void handlers_tick(uint32_t first_micros, uint32_t interval_micros);

/* How many ticks this process has got.  On a machine that has no time for it there are fewer: a
 * clock that goes slower when there is no time for the program either. */
unsigned handlers_ticks(void);

#endif
