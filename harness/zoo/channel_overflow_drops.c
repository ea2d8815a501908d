/* SPDX-License-Identifier: MIT
 *
 * channel_overflow_drops.c -- class 16, wake channel: earns `hang`, signals: USR1*3,TERM.
 * Report: joyent/libuv#806, joyent/libuv#807.  The number of the signal goes through a
 * non-blocking pipe; when that is full the TERM is dropped. Good: a flag holds it, and the pipe
 * only wakes.
 */
#include <fcntl.h>

#include "zoo.h"

#define RECORD 2048 /* a pipe of one page takes two of them */

static int pipes[2];
#ifndef BAD
static volatile sig_atomic_t stopping;
#endif

static void on_signal(int signo)
{
    char record[RECORD] = { (char)signo };
    int saved = errno;
#ifndef BAD
    if (signo == SIGTERM) {
        stopping = 1;
    }
#endif
    (void)write(pipes[1], record, sizeof record);
    errno = saved;
}

int main(void)
{
    char record[RECORD];
    bool stop = false;
    OK(pipe(pipes));
    MUST(fcntl(pipes[1], F_SETPIPE_SZ, 4096) == 4096);
    OK(fcntl(pipes[1], F_SETFL, O_NONBLOCK));
    handle(SIGUSR1, on_signal);
    handle(SIGTERM, on_signal);
    while (!stop) {
        if (read(pipes[0], record, sizeof record) <= 0) {
            continue;
        }
#ifdef BAD
        stop = record[0] == SIGTERM;
#else
        stop = stopping != 0;
#endif
    }
    OK(close(pipes[0]));
    OK(close(pipes[1]));
    return 0;
}
