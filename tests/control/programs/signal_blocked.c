/* SPDX-License-Identifier: MIT
 *
 * Blocks TERM, works a little, and ends without ever having looked for it; "ignore" says that it is
 * not wanted, "default" leaves all as it is.
 */
#include "common.h"

#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    sigset_t term;
    OK(sigemptyset(&term));
    OK(sigaddset(&term, SIGTERM));
    if (strcmp(word, "default") != 0) {
        OK(pthread_sigmask(SIG_BLOCK, &term, NULL));
    }
    if (strcmp(word, "ignore") == 0) {
        MUST(signal(SIGTERM, SIG_IGN) == SIG_DFL);
    }
    for (int round = 0; round < 4; round++) {
        OK(pthread_mutex_lock(&lock));
        OK(pthread_mutex_unlock(&lock));
        OK(usleep(1000));
    }
    return 0;
}
