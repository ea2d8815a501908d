/* SPDX-License-Identifier: MIT
 *
 * second_abandons_child.c -- class 7, second signal: earns `leftover`, signals: INT,INT.
 * Report: redis#14581.  The second signal aborts the shutdown which the first one began, between
 * the start of the helper and the wait for it. Good: the second one changes nothing.
 */
#include <fcntl.h>

#include "zoo.h"

static volatile sig_atomic_t interrupts;

static void on_int(int signo)
{
    (void)signo;
    interrupts++;
}

static void save_and_rename(void)
{
    int fd = open("dump.tmp", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    OK(close(fd));
#ifdef BAD
    if (interrupts > 1) {
        _exit(0); /* "at once" */
    }
#endif
    OK(unlink("dump.tmp"));
}

int main(void)
{
    handle(SIGINT, on_int);
    while (interrupts == 0) {
        (void)usleep(1000);
    }
    save_and_rename();
    return 0;
}
