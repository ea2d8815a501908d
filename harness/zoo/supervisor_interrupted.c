/* SPDX-License-Identifier: MIT
 *
 * supervisor_interrupted.c -- class 19, supervisor's contract: earns `status`, signals: TERM.
 * Report: SRS#939.  The main loop reports the interruption that the stop itself has caused as an
 * error, and the daemon exits with 1. Good: it asks for the stop first.
 */
#include "zoo.h"

static volatile sig_atomic_t stopping;
static int idle[2];

static void on_term(int signo)
{
    stopping = signo;
    (void)write(idle[1], "x", 1);
}

static int loop(void)
{
    char byte;
    ssize_t size = read(idle[0], &byte, 1);
#ifndef BAD
    if (stopping != 0) {
        return 0;
    }
#endif
    return size == 1 ? 0 : 1;
}

int main(void)
{
    OK(pipe(idle));
    handle(SIGTERM, on_term);
    return loop();
}
