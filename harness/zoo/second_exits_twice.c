/* SPDX-License-Identifier: MIT
 *
 * second_exits_twice.c -- class 7, second signal: earns `unsafe`, signals: INT,INT.
 * Report: vayu#972, comdb2#1519.  The second Ctrl-C calls exit() while the first one is being
 * worked off: destructors under live threads. Good: _exit.
 */
#include "zoo.h"

static volatile sig_atomic_t interrupts;

static void on_int(int signo)
{
    (void)signo;
    if (++interrupts > 1) {
#ifdef BAD
        exit(1);
#else
        _exit(0);
#endif
    }
}

int main(void)
{
    handle(SIGINT, on_int);
    while (interrupts == 0) {
        (void)usleep(1000);
    }
    (void)usleep(1000); /* shuts down */
    return 0;
}
