/* SPDX-License-Identifier: MIT
 *
 * names.c -- only preprocessed, to list the names that stand in front of libc's.
 */
#define RT_EXPORTS_ONLY
#include "posix/calls.h"
#define X(name) name
RT_CALLS(X)
