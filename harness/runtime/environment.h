/* SPDX-License-Identifier: MIT
 *
 * environment.h -- the environment as an actor: it sends the plan's signals, one by one, whenever
 * the strategy says so.
 */
#ifndef RT_ENVIRONMENT_H
#define RT_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

void rt_environment_begin(void);
/* Whether it could act now. */
bool rt_environment_pending(void);
void rt_environment_act(void);
/* Between how many threads that can take its next signal there is a choice; at least 1. */
uint32_t rt_environment_able(void);
/* How many signals it has sent; whether one of them will never be taken. */
uint32_t rt_environment_sent(void);
bool rt_environment_lost(void);

#endif
