/* SPDX-License-Identifier: MIT
 *
 * check.h -- CURFEW_ASSERT: misuse and broken invariants end the process, in every build.
 */
#ifndef CURFEW_SRC_CHECK_H
#define CURFEW_SRC_CHECK_H

#include <stddef.h>

/* Async-signal-safe: writes one line and aborts. */
#define CURFEW_ASSERT(condition)                                                                   \
    ((condition) ? (void)0 : curfew__assert_failed_sigsafe(#condition, __func__))

/* Writes a line of a last report, unless that would block: the end must not wait for a reader. */
void curfew__write_if_room(int fd, const char *text, size_t length);

_Noreturn void curfew__assert_failed_sigsafe(const char *condition, const char *function);

#endif
