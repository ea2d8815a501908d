/* SPDX-License-Identifier: MIT
 *
 * The file that must be removed at the end is made before the signal can be handled.
 */
#include "common.h"

#include <fcntl.h>
#include <signal.h>

static volatile sig_atomic_t stop;

static void on_term(int signo)
{
    stop = signo;
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_term };
    sigset_t term;
    sigset_t old;
    OK(sigemptyset(&term));
    OK(sigaddset(&term, SIGTERM));
#ifndef BAD
    OK(sigaction(SIGTERM, &action, NULL));
#endif
    int fd = open("window.pid", O_CREAT | O_WRONLY, 0600);
#ifdef BAD
    OK(sigaction(SIGTERM, &action, NULL));
#endif
    MUST(fd >= 0 && write(fd, "1\n", 2) == 2);
    OK(close(fd));
    OK(pthread_sigmask(SIG_BLOCK, &term, &old));
    while (!stop) {
        (void)sigsuspend(&old);
    }
    OK(unlink("window.pid"));
    return 0;
}
