/* SPDX-License-Identifier: MIT
 *
 * Gives a signalfd that it has inherited, the number of which is its argument, another mask.
 */
#include "common.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/uio.h>

int main(int argc, char **argv)
{
    struct signalfd_siginfo info;
    sigset_t set;
    uint64_t word = 1;
    MUST(argc == 2);
    int fd = atoi(argv[1]);
    OK(sigemptyset(&set));
    OK(sigaddset(&set, SIGUSR2));
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
    MUST(signalfd(fd, &set, 0) == fd);
    MUST((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0); /* as it was made */
    MUST(read(fd, &info, sizeof info) == -1 && errno == EAGAIN);
    OK(raise(SIGUSR2));
    MUST(eventfd_read(fd, &word) == -1 && errno == EINVAL);
    MUST(eventfd_write(fd, 1) == -1 && errno == EINVAL);
    MUST(writev(fd, &(struct iovec){ &word, sizeof word }, 1) == -1 && errno == EINVAL);
    MUST(read(fd, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR2);
    return 0;
}
