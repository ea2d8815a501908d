/* SPDX-License-Identifier: MIT
 *
 * warden.c -- kills what is left over, and sweeps up.
 *
 * The table of sessions is shared memory: each slot is written by the driver alone, before the
 * process in it can do anything of note, and read by the warden after the driver's end.
 */
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "procs.h"
#include "scratch.h"

/* A pass that killed somebody is followed by another, for what it forked meanwhile. */
#define PASSES_MAX 500u

struct kill_pass {
    const pid_t *sessions;
    size_t sessions_count;
    const char *mark;
    size_t killed;
};

static bool kill_if_ours(pid_t pid, void *context)
{
    struct kill_pass *pass = context;
    if (pid == getpid()) {
        return true;
    }
    pid_t session = getsid(pid);
    bool ours = false;
    for (size_t index = 0; index < pass->sessions_count && !ours; index++) {
        ours = pass->sessions[index] > 0 && pass->sessions[index] == session;
    }
    if (procs_belongs(pid, ours ? session : 0, pass->mark)) {
        (void)kill(pid, SIGKILL);
        pass->killed++;
    }
    return true;
}

void warden_kill(const pid_t *sessions, size_t sessions_count, const char *mark)
{
    for (unsigned round = 0; round < PASSES_MAX; round++) {
        struct kill_pass pass = { sessions, sessions_count, mark, 0 };
        procs_each(kill_if_ours, &pass);
        if (pass.killed == 0) {
            return;
        }
        /* Not to order anything: the killed need a moment to be gone. */
        struct timespec moment = { 0, 2000000 };
        (void)nanosleep(&moment, NULL);
    }
}

static _Noreturn void watch(int pipe_fd, const pid_t *sessions, const char *scratch,
                            const char *mark)
{
    char byte;
    (void)setsid();
    (void)prctl(PR_SET_NAME, "curfew-warden");
    (void)chdir("/"); /* Keep no file system busy. */
    /* Keep nobody's pipes open: everything goes but the pipe's read end, which becomes 0. */
    if (dup2(pipe_fd, 0) != 0) {
        _exit(EXIT_FAILURE);
    }
    (void)close_range(1, ~0u, 0);
    while (read(0, &byte, 1) < 0 && errno == EINTR) {
    }
    warden_kill(sessions, WARDEN_SESSIONS_MAX, mark);
    scratch_remove(scratch);
    _exit(EXIT_SUCCESS);
}

int warden_start(struct warden *warden, const char *scratch, const char *mark)
{
    int ends[2];
    size_t table_bytes = WARDEN_SESSIONS_MAX * sizeof(pid_t);
    *warden = (struct warden){ .pipe_fd = -1 };
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -errno;
    }
    pid_t *sessions =
        mmap(NULL, table_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sigset_t all;
    sigset_t before;
    int status = sessions == MAP_FAILED ? -errno : 0;
    if (status == 0) {
        (void)sigfillset(&all);
        (void)sigprocmask(SIG_SETMASK, &all, &before);
        pid_t pid = fork();
        if (pid == 0) {
            (void)close(ends[1]);
            watch(ends[0], sessions, scratch, mark);
        }
        status = pid < 0 ? -errno : 0;
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        warden->pid = pid;
    }
    (void)close(ends[0]);
    if (status != 0) {
        (void)close(ends[1]);
        if (sessions != MAP_FAILED) {
            (void)munmap(sessions, table_bytes);
        }
        *warden = (struct warden){ .pipe_fd = -1 };
        return status;
    }
    warden->pipe_fd = ends[1];
    warden->sessions = sessions;
    return 0;
}

void warden_stop(struct warden *warden, const char *scratch)
{
    int status = -1;
    if (warden->pid <= 0) {
        return;
    }
    (void)close(warden->pipe_fd);
    (void)kill(warden->pid, SIGCONT); /* Somebody may have stopped it. */
    while (waitpid(warden->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) {
        scratch_remove(scratch); /* Somebody has killed it. */
    }
    (void)munmap(warden->sessions, WARDEN_SESSIONS_MAX * sizeof(pid_t));
    *warden = (struct warden){ .pipe_fd = -1 };
}
