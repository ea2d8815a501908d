/* SPDX-License-Identifier: MIT
 *
 * start.c -- starts the program and the user's commands within a run.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handlers.h"
#include "running.h"
#include "state.h"
#include "util.h"

void tick_start(uint32_t phase_micros)
{
    handlers_tick(phase_micros % (TICK_MS * 1000) + 1, TICK_MS * 1000);
}

static void signals_default(void)
{
    sigset_t none;
    for (int signo = 1; signo < NSIG; signo++) {
        (void)signal(signo, SIG_DFL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void redirect(int output)
{
    int null = open("/dev/null", O_RDWR);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(output, STDOUT_FILENO);
    (void)dup2(output, STDERR_FILENO);
    if (null > STDERR_FILENO) {
        (void)close(null);
    }
}

static int become(const char *user)
{
    struct passwd *entry = getpwnam(user);
    if (!entry) {
        return -ENOENT;
    }
    if (initgroups(user, entry->pw_gid) || setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) ||
        setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid)) {
        return -errno;
    }
    (void)setenv("USER", user, 1);
    (void)setenv("LOGNAME", user, 1);
    (void)setenv("HOME", entry->pw_dir, 1);
    return 0;
}

/* In the child: waits until it is being traced, then becomes the program. */
static void program_exec(struct run *run, int gate, int report, bool own_pids)
{
    const struct probe_options *options = run->options;
    int error = 0;
    char byte;
    (void)setsid();
    signals_default();
    redirect(run->output);
    if (own_pids) {
        if (unshare(CLONE_NEWNS) || mount("proc", "/proc", "proc", 0, NULL)) {
            error = errno;
        }
    }
    for (size_t i = 0; i < options->env.count; i++) {
        (void)putenv(options->env.item[i]);
    }
    if (!error && options->user) {
        error = -become(options->user);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)personality(ADDR_NO_RANDOMIZE);
    if (read(gate, &byte, 1) != 1) {
        _exit(126);
    }
    if (!error) {
        (void)execvp(options->command.item[0], options->command.item);
        error = errno;
    }
    (void)!write(report, &error, sizeof error);
    _exit(127);
}

static pid_t fork_as(pid_t pid, bool own_pids)
{
    pid_t pids[2] = { own_pids ? 1 : pid, pid };
    struct clone_args arguments = { .exit_signal = SIGCHLD,
                                    .flags = own_pids ? CLONE_NEWPID : 0,
                                    .set_tid = pid ? (uintptr_t)pids : 0,
                                    .set_tid_size = pid ? (own_pids ? 2 : 1) : 0 };
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

int program_start(struct run *run, bool traced)
{
    bool own_pids = run->options->pid1 && run->plan->namespaces;
    int gate[2], report[2];
    int error = 0;
    if (pipe2(gate, O_CLOEXEC) || pipe2(report, O_CLOEXEC)) {
        return -errno;
    }
    pid_t pid = run->plan->namespaces ? fork_as(PROGRAM_PID, own_pids) : fork();
    if (pid < 0 && run->plan->namespaces) {
        pid = fork_as(0, own_pids); /* the number is taken, or may not be chosen here */
    }
    if (pid == 0) {
        program_exec(run, gate[0], report[1], own_pids);
    }
    (void)close(gate[0]);
    (void)close(report[1]);
    if (pid < 0) {
        error = errno;
    } else if (traced) {
        error = -tracer_seize(&run->tracer, pid);
    }
    run->main_pid = pid;
    run->main_ended = false;
    run->start_ns = now_ns();
    if (run->plan->point.mode == MODE_TIME) {
        tick_start(run->plan->point.micros); /* so that one tick comes just then */
    }
    if (!error) {
        (void)!write(gate[1], "", 1);
        /* execve closes the pipe; the stop that it makes when traced comes after that. */
        while (read(report[0], &error, sizeof error) < 0 && errno == EINTR) {
        }
    }
    (void)close(gate[1]);
    (void)close(report[0]);
    return -error;
}

pid_t helper_start(struct run *run, const char *command)
{
    if (run->helpers_count == HELPERS_MAX) {
        /* Forget the oldest that has ended; --ready=cmd: starts many. */
        int i = 0;
        while (i < HELPERS_MAX - 1 && (!run->helpers[i].ended || i == run->workload)) {
            i++;
        }
        memmove(&run->helpers[i], &run->helpers[i + 1],
                (size_t)(HELPERS_MAX - 1 - i) * sizeof *run->helpers);
        memmove(&run->sessions[i], &run->sessions[i + 1],
                (size_t)(HELPERS_MAX - 1 - i) * sizeof *run->sessions);
        run->helpers_count--;
        run->workload -= run->workload > i;
        run->ready_helper -= run->ready_helper > i;
    }
    char pid_text[16];
    (void)snprintf(pid_text, sizeof pid_text, "%d", run->main_pid);
    pid_t pid = fork();
    if (pid == 0) {
        (void)setsid();
        signals_default();
        redirect(run->output);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)setenv("CURFEW_PID", pid_text, 1);
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    run->helpers[run->helpers_count] = (struct helper){ .pid = pid };
    run->sessions[run->helpers_count] = pid;
    run->helpers_count++;
    return pid;
}

bool helper_wait(struct run *run, const char *command)
{
    pid_t pid = helper_start(run, command);
    uint64_t limit = now_ns() + (uint64_t)run->options->start * 1000000u;
    for (;;) {
        for (int i = 0; i < run->helpers_count; i++) {
            if (run->helpers[i].pid == pid && run->helpers[i].ended) {
                return run->helpers[i].wait_status == 0;
            }
        }
        if (now_ns() > limit) {
            (void)kill(-pid, SIGKILL);
            return false;
        }
        (void)run_step(run);
    }
}

/* A program that prints without end must not fill the memory: only the last part is looked at. */
static void output_trim(struct run *run)
{
    static const off_t keep = 1 << 20, slack = 16 << 20;
    off_t size = lseek(run->output, 0, SEEK_END);
    if (size - run->output_trimmed > keep + slack &&
        fallocate(run->output, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, run->output_trimmed,
                  size - keep - run->output_trimmed) == 0) {
        run->output_trimmed = size - keep;
    }
}

bool run_step(struct run *run)
{
    int result = tracer_step(&run->tracer, false);
    if (result == -ECHILD) {
        (void)pause(); /* nobody to wait for: the next tick */
        return true;
    }
    if (result != -EINTR) {
        return false;
    }
    run->ticks++;
    output_trim(run);
    run->quiet_ticks = run->tracer.stops == run->stops_seen ? run->quiet_ticks + 1 : 0;
    run->stops_seen = run->tracer.stops;
    return true;
}

bool all_sleep(const struct run *run)
{
    static struct process processes[PROCESSES_MAX];
    int count = run->tracer.tasks_count ? 0 : state_processes(processes, PROCESSES_MAX);
    for (int i = 0; i < count; i++) {
        if (strchr("RDtW", processes[i].state)) {
            return false;
        }
    }
    for (int i = 0; i < run->tracer.tasks_count; i++) {
        char state = state_of(run->tracer.tasks[i].tid);
        if (state && strchr("RDtW", state)) {
            return false;
        }
    }
    return true;
}

void output_tail(const struct run *run, char *text, size_t bytes)
{
    off_t size = lseek(run->output, 0, SEEK_END);
    off_t from = size > (off_t)bytes - 1 ? size - (off_t)bytes + 1 : 0;
    ssize_t got = pread(run->output, text, bytes - 1, from);
    text[got > 0 ? got : 0] = '\0';
    for (ssize_t i = 0; i < got; i++) {
        if (text[i] == '\0') {
            text[i] = ' ';
        }
    }
}
