/* SPDX-License-Identifier: MIT
 *
 * check.c -- the failure path of CURFEW_ASSERT, and last words.  May use only what a signal handler
 * may use.
 */
#include "check.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_sigsafe(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written; /* Nobody is left to tell. */
}

void curfew__write_if_room(int fd, const char *text, size_t length)
{
    struct pollfd room = { .fd = fd, .events = POLLOUT };
    if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0) {
        ssize_t written = write(fd, text, length);
        (void)written; /* The process ends now, whether anybody reads it or not. */
    }
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
