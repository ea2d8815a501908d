/* SPDX-License-Identifier: MIT
 *
 * persist.c -- a persistent target answers AFL++ itself; its fork server sees only to its end.
 *
 * AFL++'s own runtime stops the target behind each input (SIGSTOP) and lets the server, which tells
 * afl-fuzz, continue it.  The kernel then wakes each of the target's threads twice, and one under
 * control has many.  Here, the target speaks on the server's descriptors, with the server's words:
 *
 *     afl-fuzz -> 4 bytes, a request;  <- the target's pid;  <- its status, behind the input
 *
 * and the server waits for its end alone.  To this end, calls of AFL++'s object are renamed to the
 * ones here.  Everything else stays AFL++'s (docs:
 * AFLplusplus/instrumentation/README.persistent_mode.md).
 *
 * Called by AFL++'s runtime only, in a process with one thread (server) or on main (target).
 */
#include "persist.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUESTS_FD 198 /* AFL++'s FORKSRV_FD */
#define ANSWERS_FD 199
#define OWN_FD_FIRST 900 /* out of the program's way */
#define UNDECIDED_MS 1000

/* What afl-fuzz is to be told next, if the target ends now. */
enum { OWES_PID, OWES_STATUS, OWES_MAYBE, OWES_NOTHING, OWES_IF_TAKEN };

static uint32_t *owes; /* shared by server and target */
static bool unasked;   /* server: the next status is not to be told */
static int requests_fd = -1;
static int answers_fd = -1; /* target */

static void owe(uint32_t what)
{
    __atomic_store_n(owes, what, __ATOMIC_SEQ_CST);
}

static uint32_t owed(void)
{
    return __atomic_load_n(owes, __ATOMIC_SEQ_CST);
}

pid_t curfew_fuzz_fork(void)
{
    if (owes == NULL) {
        owes = mmap(NULL, sizeof *owes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (owes == MAP_FAILED) {
            abort();
        }
    }
    owe(OWES_PID);
    pid_t server = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != server) {
            _exit(1);
        }
    }
    return pid;
}

/* A new target gives up the server's descriptors; it keeps copies. */
int curfew_fuzz_close(int fd)
{
    if (fd == REQUESTS_FD) {
        requests_fd = fcntl(fd, F_DUPFD_CLOEXEC, OWN_FD_FIRST);
    } else if (fd == ANSWERS_FD) {
        answers_fd = fcntl(fd, F_DUPFD_CLOEXEC, OWN_FD_FIRST);
    }
    return close(fd);
}

/* The target, behind an input: returns with the next one. */
int curfew_fuzz_raise(int signo)
{
    const int32_t status = 0;
    const int32_t pid = getpid();
    int32_t request;
    if (signo != SIGSTOP || requests_fd < 0 || answers_fd < 0) {
        return raise(signo);
    }
    while (owed() == OWES_PID) {
        (void)sched_yield(); /* the server was not as quick as the first input */
    }
    owe(OWES_MAYBE);
    bool told = write(answers_fd, &status, sizeof status) == sizeof status;
    owe(OWES_NOTHING);
    /* Not to read at once: who is killed while it waits might take a request along. */
    struct pollfd ready = { .fd = requests_fd, .events = POLLIN };
    while (told && poll(&ready, 1, -1) < 0) {
    }
    owe(OWES_IF_TAKEN);
    if (!told || read(requests_fd, &request, sizeof request) != sizeof request) {
        _exit(0); /* afl-fuzz has gone */
    }
    owe(OWES_STATUS);
    (void)!write(answers_fd, &pid, sizeof pid);
    return 0;
}

/* The target was killed when it had told its status, or was about to.  What was not read is there;
 * what was read is followed by a request. */
static bool status_was_told(void)
{
    int unread = 0;
    struct pollfd request = { .fd = REQUESTS_FD, .events = POLLIN };
    return (ioctl(ANSWERS_FD, FIONREAD, &unread) == 0 && unread > 0) ||
           poll(&request, 1, UNDECIDED_MS) != 0;
}

/* The server: the target never stops.  If nobody has asked for its status, the next request gets a
 * new target. */
pid_t curfew_fuzz_waitpid(pid_t pid, int *out_status, int options)
{
    pid_t ended = waitpid(pid, out_status, options & ~WUNTRACED);
    int waiting = 0;
    unasked = owed() == OWES_NOTHING || (owed() == OWES_MAYBE && status_was_told());
    if (owed() == OWES_IF_TAKEN) {
        unasked = ioctl(REQUESTS_FD, FIONREAD, &waiting) == 0 && waiting > 0;
        if (!unasked) {
            (void)!write(ANSWERS_FD, &pid, sizeof pid);
        }
    }
    return ended;
}

ssize_t curfew_fuzz_write(int fd, const void *data, size_t size)
{
    if (fd == ANSWERS_FD && unasked) {
        unasked = false;
        return (ssize_t)size;
    }
    ssize_t written = write(fd, data, size);
    if (fd == ANSWERS_FD && owes != NULL && owed() == OWES_PID) {
        owe(OWES_STATUS);
    }
    return written;
}
