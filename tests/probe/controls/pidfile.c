/* SPDX-License-Identifier: MIT
 *
 * pidfile.c -- a stop during the start returns without taking the pid file away.
 */
#include <fcntl.h>

#include "control.h"

#define PID_FILE "/tmp/control.pid"

int main(void)
{
    catch_term(on_stop);
    int fd = open(PID_FILE, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    say("starting\n");
    if (stop) {
        if (FIXED) {
            (void)unlink(PID_FILE);
        }
        return 0;
    }
    (void)close(fd);
    say("ready\n");
    wait_for_stop();
    (void)unlink(PID_FILE);
    return 0;
}
