/* SPDX-License-Identifier: MIT
 *
 * fd.c -- descriptors: what is outside.
 */
#include "../core.h"

bool rt_outside_poll(void)
{
    return false;
}
