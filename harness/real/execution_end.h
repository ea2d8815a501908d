/* SPDX-License-Identifier: MIT
 *
 * execution_end.h -- what comes after the program's end: what it left behind.  Private to
 * execution.c.
 */
#ifndef CURFEW_REAL_EXECUTION_END_H
#define CURFEW_REAL_EXECUTION_END_H

#include "execution.h"

/* From a running state to LINGERING: the program has ended and was waited for. */
void execution_end_begin(struct execution *execution);

/* Looks for processes that stayed; once there is none, gathers all else: to ENDED. */
void execution_end_advance(struct execution *execution, const struct surroundings *surroundings);

#endif
