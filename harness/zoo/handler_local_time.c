/* SPDX-License-Identifier: MIT
 *
 * handler_local_time.c -- class 3, async-signal-unsafe handler: earns `unsafe`, signals: TERM.
 * Report: redis#213, pgbackrest#2715.  The handler stamps a line with the local time: localtime_r
 * takes the lock of the time zone. Good: the loop does.
 */
#include <time.h>

#include "zoo.h"

static volatile sig_atomic_t stopping;

static struct tm stamp;
static const time_t moment = 1;

static void on_term(int signo)
{
#ifdef BAD
    (void)localtime_r(&moment, &stamp);
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
    (void)localtime_r(&moment, &stamp);
    MUST(stamp.tm_year > 0);
#endif
    return 0;
}
