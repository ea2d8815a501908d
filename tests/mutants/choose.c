/* SPDX-License-Identifier: MIT
 *
 * choose.c -- linked with a unit test: its argument, if there is one, is the name of the only test
 * that runs.  Under control one test at a time is tried in many interleavings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* glibc gives constructors what main gets. */
static __attribute__((constructor)) void choose(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
}
