/* SPDX-License-Identifier: MIT
 *
 * channel_handler_blocks.c -- class 16, wake channel: earns `hang`, signals: USR1*4,TERM.
 * Report: zguide#808.  The handler writes to a blocking self-pipe: once it is full, the loop that
 * would read it waits in its own handler. Good: the pipe does not block.
 */
#include <fcntl.h>

#include "zoo.h"

#define RECORD 2048 /* a pipe of one page takes two of them */

static int wake[2];
static volatile sig_atomic_t stopping;

static void on_signal(int signo)
{
    static const char record[RECORD];
    int saved = errno;
    if (signo == SIGTERM) {
        stopping = 1;
    }
    (void)write(wake[1], record, sizeof record);
    errno = saved;
}

int main(void)
{
    char record[RECORD];
    OK(pipe(wake));
    MUST(fcntl(wake[1], F_SETPIPE_SZ, 4096) == 4096);
#ifndef BAD
    OK(fcntl(wake[1], F_SETFL, O_NONBLOCK));
#endif
    handle(SIGUSR1, on_signal);
    handle(SIGTERM, on_signal);
    while (stopping == 0) {
        (void)read(wake[0], record, sizeof record);
    }
    OK(close(wake[0]));
    OK(close(wake[1]));
    return 0;
}
