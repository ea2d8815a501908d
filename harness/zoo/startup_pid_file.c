/* SPDX-License-Identifier: MIT
 *
 * startup_pid_file.c -- class 5, startup window: earns `leftover`, signals: TERM.
 * Report: redis#10003.  While it loads, the handler leaves at once, as there is nothing to save;
 * but the pid file is written already. Good: it is written when all has been loaded.
 */
#include <fcntl.h>

#include "zoo.h"

static volatile sig_atomic_t loading = 1;
static volatile sig_atomic_t stopping;

static void on_term(int signo)
{
    if (loading != 0) {
        _exit(0);
    }
    stopping = signo;
}

static void write_pid_file(void)
{
    int fd = open("daemon.pid", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    OK(close(fd));
}

static void load(void)
{
    (void)usleep(1000);
    loading = 0;
}

int main(void)
{
    handle(SIGTERM, on_term);
#ifdef BAD
    write_pid_file();
    load();
#else
    load();
    write_pid_file();
#endif
    while (stopping == 0) {
        (void)usleep(1000);
    }
    OK(unlink("daemon.pid"));
    return 0;
}
