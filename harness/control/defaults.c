/* SPDX-License-Identifier: MIT
 *
 * defaults.c -- how a program is executed unless somebody says otherwise.
 */
#include "control.h"

struct control_options control_defaults(void)
{
    return (struct control_options){
        .strategy = "portfolio",
        .seed = 1,
        .runs = 1000,
        .steps_max = 100000,
        .cpus = 4,
        .oracles = RT_ORACLES_ALL,
        .deadline_ns = UINT64_MAX,
        .cpu = -1,
        .loop = true,
        .patience_ms = 3000,
        .cpu_ms = 10000,
        .time_ns = UINT64_MAX,
        .jobs = 1,
        .shards = 1,
    };
}
