/* SPDX-License-Identifier: MIT
 *
 * batch.c -- an end of each kind, as the seed's randomness has it: what one execution leaves must
 * neither be missed nor be the next one's.
 */
#include <curfew/debt.h>

#include "common.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *sleep_for_ever(void *unused)
{
    for (;;) {
        (void)pause();
    }
    return unused;
}

static void leave_file(const char *name)
{
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    MUST(fd >= 0);
    OK(close(fd));
}

static void leave_child(void)
{
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
        for (;;) {
            (void)pause();
        }
    }
}

static int end(unsigned kind)
{
    switch (kind) {
    case 0:
        leave_file("left");
        break;
    case 1:
        OK(mkdir("directory", 0700));
        break;
    case 2: /* its own affair */
        leave_file("removed");
        OK(unlink("removed"));
        break;
    case 3:
        (void)puts("printed");
        break;
    case 4:
        (void)puts("printed and failed");
        return 3;
    case 5:
        curfew_debt_owe("never", 0);
        break;
    case 6:
        curfew_debt_owe("paid", 0);
        curfew_debt_settle("paid", 0);
        break;
    case 7:
        (void)raise(SIGSEGV);
        break;
    case 8:
        (void)thread_start(sleep_for_ever, NULL);
        break;
    case 9:
        leave_child();
        break;
    case 10:
        OK(pthread_mutex_lock(&mutex));
        OK(pthread_mutex_lock(&mutex));
        break;
    case 11:
        (void)kill(getpid(), SIGKILL);
        break;
    case 12:
        _exit(0);
    default:
        break;
    }
    return 0;
}

int main(void)
{
    unsigned char draw;
    MUST(getrandom(&draw, sizeof draw, 0) == sizeof draw);
    return end(draw % 40);
}
