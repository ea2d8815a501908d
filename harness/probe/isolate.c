/* SPDX-License-Identifier: MIT
 *
 * isolate.c -- processes and network of an isolated run; root.c makes its file system.
 *
 * driver -- cage -- run (PID 1 of its namespace) -- program and all it starts.
 * Each has PR_SET_PDEATHSIG, and the kernel kills a PID namespace when its first process ends.
 * Without namespaces the cage is a subreaper, and ends what comes to it.  So however the driver
 * dies, nothing stays.
 */
#include "isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "root.h"
#include "state.h"
#include "util.h"

static void die_with(pid_t parent, int signo)
{
    (void)prctl(PR_SET_PDEATHSIG, signo);
    if (getppid() != parent) {
        _exit(3);
    }
}

static int write_map(const char *path, unsigned id)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%u %u 1\n", id, id);
    return write_text(path, text);
}

static int leave_namespaces(void)
{
    unsigned uid = geteuid();
    unsigned gid = getegid();
    int flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC;
    if (unshare(flags) == 0) {
        return 0;
    }
    /* Not root, or root in a container: a user namespace gives what is missing. */
    if (unshare(flags | CLONE_NEWUSER)) {
        return -errno;
    }
    root_in_user_namespace = true;
    /* The user keeps his own id; the capabilities last until the program is executed. */
    int result = write_text("/proc/self/setgroups", "deny");
    if (!result) {
        result = write_map("/proc/self/uid_map", uid);
    }
    return result ? result : write_map("/proc/self/gid_map", gid);
}

/* Ends what the run has left behind, for all that is orphaned here becomes the caller's child.  A
 * process that not even SIGKILL ends is given up after five seconds. */
static void end_orphans(void)
{
    static struct process processes[PROCESSES_MAX];
    struct timespec pause = { .tv_nsec = 1000000 };
    for (int tries = 0; tries < 5000; tries++) {
        int count = state_processes(processes, PROCESSES_MAX);
        for (int i = 0; i < count; i++) {
            (void)kill(processes[i].pid, SIGKILL);
        }
        pid_t reaped = waitpid(-1, NULL, WNOHANG);
        if (reaped < 0 && errno == ECHILD) {
            return;
        }
        if (reaped == 0) {
            (void)nanosleep(&pause, NULL);
        }
    }
}

/* Waits for the run.  Without namespaces the kernel does not end what is left of it, so the cage
 * does: when the run has ended, and when SIGTERM says that the driver has or wants it to. */
static int guard(pid_t run, bool namespaces)
{
    int status = 0;
    sigset_t wanted;
    (void)sigemptyset(&wanted);
    (void)sigaddset(&wanted, SIGCHLD);
    (void)sigaddset(&wanted, SIGTERM);
    for (;;) {
        pid_t pid = waitpid(-1, &status, namespaces ? 0 : WNOHANG);
        if (pid == run) {
            break;
        }
        if (pid == 0 && sigwaitinfo(&wanted, NULL) == SIGTERM) {
            (void)kill(run, SIGKILL);
        }
    }
    if (!namespaces) {
        end_orphans();
    }
    return status;
}

/* Puts a process between the driver and the run; returns in the run. */
static void cage(bool namespaces)
{
    int alive[2]; /* the cage holds one end for as long as it lives */
    char byte;
    if (pipe2(alive, O_CLOEXEC | O_NONBLOCK)) {
        _exit(3);
    }
    pid_t run = fork();
    if (run == 0) {
        /* In a namespace of its own it cannot tell its parent by the pid, which is 0 there. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)close(alive[1]);
        if (read(alive[0], &byte, 1) == 0) {
            _exit(3);
        }
        (void)close(alive[0]);
        return;
    }
    if (run < 0) {
        _exit(3);
    }
    int status = guard(run, namespaces);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

pid_t isolate_fork(bool namespaces)
{
    pid_t driver = getpid();
    pid_t child = fork();
    if (child != 0) {
        return child < 0 ? -errno : child;
    }
    int death = namespaces ? SIGKILL : SIGTERM; /* which stays blocked, for guard() */
    die_with(driver, death);
    (void)setsid();
    if (namespaces) {
        int result = leave_namespaces();
        if (result) {
            _exit(-result);
        }
        /* A change of credentials clears it. */
        die_with(driver, death);
    } else {
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    }
    cage(namespaces);
    if (!namespaces) {
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* daemons are to be waited for */
    }
    return 0;
}

void isolate_end(pid_t pid, bool namespaces)
{
    (void)kill(pid, namespaces ? SIGKILL : SIGTERM);
}

static int loopback_up(void)
{
    struct ifreq request = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    int result = ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
    (void)close(fd);
    return result;
}

static int enter_weak(const char *scratch, struct isolation *isolation, char *out_why)
{
    struct layer *layer = &isolation->layers[0];
    (void)snprintf(layer->path, sizeof layer->path, "%s/%d", scratch, (int)getpid());
    (void)snprintf(isolation->scratch, sizeof isolation->scratch, "%s/%d", scratch, (int)getpid());
    if (mkdir(layer->path, 0700) || chdir(layer->path)) {
        (void)snprintf(out_why, 160, "cannot make '%.100s': %.40s", layer->path, strerror(errno));
        return -errno;
    }
    layer->upper = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    layer->lower = -1;
    isolation->layers_count = 1;
    (void)setenv("TMPDIR", isolation->scratch, 1);
    return 0;
}

int isolate_enter(bool namespaces, const char *scratch, struct isolation *out_isolation,
                  char *out_why)
{
    int result;
    *out_isolation = (struct isolation){ 0 };
    if (!namespaces) {
        result = enter_weak(scratch, out_isolation, out_why);
    } else {
        (void)snprintf(out_isolation->scratch, sizeof out_isolation->scratch, "%s", scratch);
        result = loopback_up();
        if (result) {
            (void)snprintf(out_why, 160, "cannot bring lo up: %s", strerror(-result));
        } else {
            result = root_make(scratch, out_isolation, out_why);
        }
    }
    (void)setenv("CURFEW_SCRATCH", out_isolation->scratch, 1);
    return result;
}

bool isolate_permitted(const char *scratch, char *out_why)
{
    int status = 0;
    int pipe_fds[2];
    out_why[0] = '\0';
    if (pipe2(pipe_fds, O_CLOEXEC)) {
        return false;
    }
    pid_t child = isolate_fork(true);
    if (child == 0) {
        struct isolation isolation;
        char why[160] = "";
        int result = isolate_enter(true, scratch, &isolation, why);
        if (result) {
            (void)!write(pipe_fds[1], why, strlen(why));
        }
        _exit(result ? 3 : 0);
    }
    (void)close(pipe_fds[1]);
    if (child > 0) {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        ssize_t got = read(pipe_fds[0], out_why, 159);
        out_why[got > 0 ? got : 0] = '\0';
    }
    (void)close(pipe_fds[0]);
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    if (!out_why[0]) {
        int error = child < 0 ? (int)-child : WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
        (void)snprintf(out_why, 160, "cannot unshare: %s", strerror(error));
    }
    return false;
}
