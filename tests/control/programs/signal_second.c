/* SPDX-License-Identifier: MIT
 *
 * The second INT forces the end: its handler cleans up what main may be cleaning up already.
 */
#include "common.h"

#include <signal.h>

static volatile sig_atomic_t count;
static volatile sig_atomic_t held = 1;
static volatile sig_atomic_t given_back;

static void clean_up(void)
{
    if (held) {
        given_back++;
        held = 0;
    }
}

static void on_int(int signo)
{
    (void)signo;
    if (++count == 2) {
        clean_up();
        _exit(given_back == 1 ? 0 : 9);
    }
}

int main(void)
{
    struct sigaction action = { .sa_handler = on_int };
    sigset_t blocked;
    sigset_t old;
    OK(sigemptyset(&blocked));
    OK(sigaddset(&blocked, SIGINT));
    OK(pthread_sigmask(SIG_BLOCK, &blocked, &old));
    OK(sigaction(SIGINT, &action, NULL));
    while (count == 0) {
        (void)sigsuspend(&old);
    }
#ifdef BAD
    OK(pthread_sigmask(SIG_SETMASK, &old, NULL));
#endif
    clean_up();
    return 0;
}
