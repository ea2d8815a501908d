/* SPDX-License-Identifier: MIT
 *
 * handler_logs.c -- class 3, async-signal-unsafe handler: earns `unsafe`, signals: TERM.
 * Report: CVE-2024-6387.  The handler writes to the system log, which allocates and locks. Good:
 * the loop does.
 */
#include <syslog.h>

#include "zoo.h"

static volatile sig_atomic_t stopping;

static void on_term(int signo)
{
#ifdef BAD
    syslog(LOG_INFO, "signal %d", signo);
#endif
    stopping = signo;
}

int main(void)
{
    handle(SIGTERM, on_term);
    while (stopping == 0) {
        (void)usleep(1000);
    }
#ifndef BAD
    syslog(LOG_INFO, "signal %d", (int)stopping);
#endif
    return 0;
}
