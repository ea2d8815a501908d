/* SPDX-License-Identifier: MIT
 *
 * handler_exits.c -- class 3, async-signal-unsafe handler: earns `unsafe`, signals: TERM.
 * Report: FreeCAD#11658.  The handler calls exit(), which runs atexit handlers and flushes stdio
 * in the middle of anything. Good: the loop returns.
 */
#include "zoo.h"

static volatile sig_atomic_t stopping;

static void on_term(int signo)
{
#ifdef BAD
    exit(0);
#endif
    stopping = signo;
}

int main(void)
{
    handle(SIGTERM, on_term);
    while (stopping == 0) {
        (void)usleep(1000);
    }
    return 0;
}
