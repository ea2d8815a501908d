/* SPDX-License-Identifier: MIT
 *
 * hup_reload.c -- HUP reloads, TERM stops, and neither can overwrite the other.
 *
 * Each signal has a latch of its own.  HUP is taken where the program is ready for it; the
 * descriptor polls readable while one is waiting.  However the two are mixed, a TERM is never lost.
 */
#include <curfew/curfew.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    unsigned reloads = 0;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (curfew_signals_early(NULL) != 0 || curfew_signals_bind(&stop) != 0) {
        return EXIT_FAILURE;
    }
    struct pollfd pollfd = { .fd = curfew_signals_fd(), .events = POLLIN };
    puts("ready");
    while (curfew_poll(&pollfd, 1, &stop, CURFEW_NO_DEADLINE) > 0) {
        if (curfew_signals_take(SIGHUP)) {
            printf("reload %u\n", ++reloads);
        }
        (void)curfew_signals_take(SIGUSR1); /* latched as well by default; not wanted here */
    }
    int reason = curfew_stop_reason(&stop);
    printf("stopped by %s after %u reloads\n", curfew_reason_name(reason), reloads);
    curfew_signals_fini();
    curfew_stop_fini(&stop);
    return curfew_signals_exit_status(reason, CURFEW_EXIT_ZERO);
}
