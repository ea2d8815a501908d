/* SPDX-License-Identifier: MIT
 *
 * check.h -- CURFEW_ASSERT: misuse and broken invariants end the process, in every build.
 */
#ifndef CURFEW_SRC_CHECK_H
#define CURFEW_SRC_CHECK_H

/* Async-signal-safe: writes one line and aborts. */
#define CURFEW_ASSERT(condition)                                                                   \
    ((condition) ? (void)0 : curfew__assert_failed_sigsafe(#condition, __func__))

_Noreturn void curfew__assert_failed_sigsafe(const char *condition, const char *function);

#endif
