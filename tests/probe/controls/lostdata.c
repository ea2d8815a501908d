/* SPDX-License-Identifier: MIT
 *
 * lostdata.c -- says that a record is safe before it is, and forgets it if it is stopped then.
 * The test's --check compares what was acknowledged with what is there.
 */
#include <fcntl.h>

#include "control.h"

static void put(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0644);
    (void)!write(fd, "record\n", 7);
    (void)close(fd);
}

int main(void)
{
    catch_term(on_stop);
    put("/tmp/control.acknowledged");
    if (FIXED || !stop) {
        put("/tmp/control.stored");
    }
    say("ready\n");
    wait_for_stop();
    return 0;
}
