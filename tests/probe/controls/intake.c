/* SPDX-License-Identifier: MIT
 *
 * intake.c -- takes records from a pipe and says that one is safe before it is.  The test's
 * --workload sends records, and --check compares what was acknowledged with what is there.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "control.h"

#define IN "/tmp/control.fifo"

static void put(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0644);
    (void)!write(fd, text, strlen(text));
    (void)close(fd);
}

int main(void)
{
    char record[sizeof "record\n" - 1]; /* one each, however many wait: its calls are countable */
    sigset_t term, before;
    put("/tmp/control.acknowledged", "");
    put("/tmp/control.stored", "");
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &term, &before);
    catch_term(on_stop);
    (void)mkfifo(IN, 0600);
    struct pollfd input = { .fd = open(IN, O_RDWR | O_NONBLOCK), .events = POLLIN };
    say("ready\n");
    while (!stop) {
        if (ppoll(&input, 1, NULL, &before) <= 0 || read(input.fd, record, sizeof record) <= 0) {
            continue;
        }
        if (!FIXED) {
            (void)sigprocmask(SIG_SETMASK, &before, NULL);
        }
        put("/tmp/control.acknowledged", "record\n");
        if (!stop || FIXED) {
            put("/tmp/control.stored", "record\n");
        }
        (void)sigprocmask(SIG_BLOCK, &term, NULL);
    }
    (void)unlink(IN);
    return 0;
}
