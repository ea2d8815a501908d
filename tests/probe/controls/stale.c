/* SPDX-License-Identifier: MIT
 *
 * stale.c -- a stop during the start leaves the pid file, and whoever finds one does not start.
 */
#include <fcntl.h>

#include "control.h"

#define PID_FILE "/tmp/control.lock"

int main(void)
{
    catch_term(on_stop);
    int fd = open(PID_FILE, O_CREAT | O_WRONLY | O_EXCL, 0644);
    if (fd < 0) {
        say("is running\n");
        return 6;
    }
    say("starting\n");
    if (stop && !FIXED) {
        return 0;
    }
    say("ready\n");
    wait_for_stop();
    (void)unlink(PID_FILE);
    return 0;
}
