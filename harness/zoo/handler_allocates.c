/* SPDX-License-Identifier: MIT
 *
 * handler_allocates.c -- class 3, async-signal-unsafe handler: earns `unsafe`, signals: TERM.
 * Report: h2o#799, nx-libs#854.  The handler allocates the message that it queues for the loop; if
 * it interrupts malloc, that deadlocks or corrupts the heap. Good: the loop allocates.
 */
#include "zoo.h"

static volatile sig_atomic_t stopping;

static char *message;

static void on_term(int signo)
{
#ifdef BAD
    message = malloc(16);
    if (message != NULL) {
        message[0] = '\0';
    }
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
    message = malloc(16);
    MUST(message != NULL);
#endif
    free(message);
    return 0;
}
