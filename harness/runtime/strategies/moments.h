/* SPDX-License-Identifier: MIT
 *
 * moments.h -- when the environment acts, for strategies that leave this to chance.
 */
#ifndef RT_STRATEGIES_MOMENTS_H
#define RT_STRATEGIES_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

void rt_moments_begin(uint64_t seed);
/* Whether it acts now.  idle: no thread can go on; clock: but time can. */
bool rt_moments_due(bool idle, bool clock);

#endif
