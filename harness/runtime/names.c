/* SPDX-License-Identifier: MIT
 *
 * names.c -- only preprocessed, to list the names that stand in front of libc's.
 */
#define RT_EXPORTS_ONLY
#include "posix/calls.h"
#define X(name) name
RT_CALLS(X)
#undef X

#include "oracles/unsafe.h"
#define X(name) __wrap_##name
RT_UNSAFE_NAMES(X)
RT_JUMP_NOTED(X)
