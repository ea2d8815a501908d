/* SPDX-License-Identifier: MIT
 *
 * choose.c -- linked with a unit test: its argument, if there is one, is the name of the only test
 * that runs.  Under control one test at a time is tried in many interleavings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The runtime's; the tests of debts expect to begin without one, and make their own. */
extern struct curfew_debt_ledger *curfew_debt_ledger;

/* glibc gives constructors what main gets. */
static __attribute__((constructor)) void choose(int argc, char **argv)
{
    curfew_debt_ledger = NULL; /* What a unit test leaves owing is not looked for. */
    (void)unsetenv("CURFEW_LEDGER");
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
}
