/* SPDX-License-Identifier: MIT
 *
 * launch.c -- vfork and exec.
 *
 * vfork, because the parent then runs on only when the child has executed its program (or failed):
 * a signal sent right afterwards meets the program and not a copy of us, and an error needs no pipe
 * to come back.  Between vfork and exec the child shares our memory, so it makes system calls only,
 * and all signals are blocked until its dispositions are the default ones.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The limit of open descriptors that we were started with; 0: never raised.  Written before
 * anything is launched. */
static struct rlimit descriptors_before;

void launch_raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (descriptors_before.rlim_cur == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        descriptors_before = limit;
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* Who runs short says so later. */
    }
}

static void default_signals(void)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
    for (int signo = 1; signo < 65; signo++) {
        (void)sigaction(signo, &standard,
                        NULL); /* KILL, STOP and glibc's own refuse: as they are. */
    }
}

/* In the child: where everything leads to.  Sources are moved out of the way first, for one of them
 * may sit on a number that another wants. */
static int place_descriptors(const struct launch *spec)
{
    int in = spec->stdin_fd >= 0 ? spec->stdin_fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
    int base = LAUNCH_LEDGER_FD + 1;
    in = in >= 0 ? fcntl(in, F_DUPFD_CLOEXEC, base) : -1;
    int out = fcntl(spec->output_fd, F_DUPFD_CLOEXEC, base);
    int ledger = spec->ledger_fd >= 0 ? fcntl(spec->ledger_fd, F_DUPFD_CLOEXEC, base) : -1;
    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) {
        return -1;
    }
    if (spec->ledger_fd >= 0 && (ledger < 0 || dup2(ledger, LAUNCH_LEDGER_FD) < 0)) {
        return -1;
    }
    unsigned first = spec->ledger_fd >= 0 ? LAUNCH_LEDGER_FD + 1 : LAUNCH_LEDGER_FD;
    return close_range(first, ~0u, CLOSE_RANGE_CLOEXEC);
}

/* In the child: all up to the exec.  Returns only after a failure; errno says which. */
static void become(const struct launch *spec, pid_t parent, volatile bool *at_exec)
{
    struct rlimit no_core = { 0, 0 };
    sigset_t nothing;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return;
    }
    if (getppid() != parent) {
        _exit(EXIT_FAILURE); /* The parent died before the line above: nobody waits for us. */
    }
    (void)setsid(); /* Cannot fail: a fresh child leads no group. */
    if (place_descriptors(spec) != 0) {
        return;
    }
    *at_exec = true;
    if (spec->directory != NULL && chdir(spec->directory) != 0) {
        return;
    }
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (descriptors_before.rlim_cur != 0) {
        (void)setrlimit(RLIMIT_NOFILE, &descriptors_before);
    }
    /* The same addresses each time, and none that TSan cannot map; containers may refuse it. */
    (void)personality(ADDR_NO_RANDOMIZE);
    (void)prctl(PR_SET_TIMERSLACK, 50000ul); /* The kernel's own; ours is smaller. */
    default_signals();
    (void)sigemptyset(&nothing);
    (void)sigprocmask(SIG_SETMASK, &nothing, NULL);
    (void)execve(spec->path, spec->argv, spec->envp);
}

int launch_process(const struct launch *spec, pid_t *out_pid, int *out_pidfd, bool *out_exec)
{
    volatile int error = 0; /* written by the child, in our memory */
    volatile bool at_exec = false;
    sigset_t all;
    sigset_t before;
    pid_t parent = getpid();

    *out_exec = false;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = vfork();
    if (pid == 0) {
        become(spec, parent, &at_exec);
        error = errno;
        _exit(127);
    }
    int failed = pid < 0 ? errno : error;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        return -failed;
    }
    int pidfd = failed == 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (pidfd < 0) {
        failed = failed != 0 ? failed : errno;
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        *out_exec = at_exec && pidfd < 0 && error != 0;
        return -failed;
    }
    *out_pid = pid;
    *out_pidfd = pidfd;
    return 0;
}

static int check_executable(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return -errno;
    }
    if (S_ISDIR(status.st_mode)) {
        return -EISDIR;
    }
    return S_ISREG(status.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

static int absolute(const char *directory, size_t directory_bytes, const char *name,
                    char **out_path)
{
    char *here = directory_bytes == 0 || directory[0] != '/' ? getcwd(NULL, 0) : NULL;
    int length = asprintf(out_path, "%s%s%.*s/%s", here != NULL ? here : "",
                          here != NULL ? "/" : "", (int)directory_bytes, directory, name);
    free(here);
    return length < 0 ? -ENOMEM : 0;
}

int launch_find(const char *name, char **out_path)
{
    int status = -ENOENT;
    if (name[0] == '/') {
        char *copy = (status = check_executable(name)) == 0 ? strdup(name) : NULL;
        *out_path = copy != NULL ? copy : *out_path;
        return status == 0 && copy == NULL ? -ENOMEM : status;
    }
    bool plain = strchr(name, '/') == NULL;
    const char *part = plain ? getenv("PATH") : ".";
    part = part != NULL ? part : "/usr/bin:/bin";
    while (true) {
        size_t length = strcspn(part, ":");
        char *path = NULL;
        if (absolute(part, length, name, &path) != 0) {
            return -ENOMEM;
        }
        int found = check_executable(path);
        if (found == 0) {
            *out_path = path;
            return 0;
        }
        free(path);
        status = found == -EACCES || !plain ? found : status;
        if (part[length] == '\0') {
            return status;
        }
        part += length + 1;
    }
}
