/* SPDX-License-Identifier: MIT
 *
 * check.c -- the failure path of CURFEW_ASSERT.  May use only what a signal handler may use.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_sigsafe(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written; /* Nobody is left to tell. */
}

_Noreturn void curfew__assert_failed_sigsafe(const char *condition, const char *function)
{
    put_sigsafe("curfew: misuse or broken invariant in ");
    put_sigsafe(function);
    put_sigsafe(": ");
    put_sigsafe(condition);
    put_sigsafe("\n");
    abort(); /* lint: banned-word: misuse ends the process, nothing else does */
}
