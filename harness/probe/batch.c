/* SPDX-License-Identifier: MIT
 *
 * batch.c -- runs side by side, and the end of the driver.
 */
#include "batch.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handlers.h"
#include "isolate.h"
#include "util.h"

void *shared_new(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        (void)fputs("curfew: out of memory\n", stderr);
        exit(3);
    }
    return memory;
}

void shared_free(void *memory, size_t bytes)
{
    (void)munmap(memory, bytes);
}

struct slot {
    pid_t pid; /* 0 when free */
    size_t number;
    struct run_plan plan;
    struct run_result *result;
};

static bool fill(struct slot *slot, const struct batch_callbacks *callbacks, void *context)
{
    if (!callbacks->next(context, &slot->plan, &slot->number)) {
        return false;
    }
    slot->pid = run_start(&slot->plan, slot->result);
    if (slot->pid < 0) {
        slot->result->end = RUN_ERROR;
        (void)snprintf(slot->result->error, sizeof slot->result->error, "cannot fork: %s",
                       strerror((int)-slot->pid));
        callbacks->done(context, slot->number, &slot->plan, slot->result);
        slot->pid = 0;
    }
    return true;
}

static void kill_all(struct slot *slots, long jobs)
{
    for (long i = 0; i < jobs; i++) {
        if (slots[i].pid > 0) {
            isolate_end(slots[i].pid, slots[i].plan.namespaces);
            while (waitpid(slots[i].pid, NULL, 0) < 0 && errno == EINTR) {
            }
        }
    }
}

bool batch_run(const struct batch_callbacks *callbacks, void *context, long jobs)
{
    struct slot *slots = xcalloc((size_t)jobs, sizeof *slots);
    bool more = true;
    for (long i = 0; i < jobs; i++) {
        slots[i].result = shared_new(sizeof *slots[i].result);
    }
    while (!handlers_noted()) {
        long busy = 0;
        for (long i = 0; i < jobs; i++) {
            if (slots[i].pid == 0 && more) {
                more = fill(&slots[i], callbacks, context);
            }
            busy += slots[i].pid > 0;
        }
        if (busy == 0 && !more) {
            break;
        }
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid == 0) {
            handlers_wait();
        }
        for (long i = 0; pid > 0 && i < jobs; i++) {
            if (slots[i].pid == pid) {
                slots[i].pid = 0;
                callbacks->done(context, slots[i].number, &slots[i].plan, slots[i].result);
            }
        }
    }
    kill_all(slots, jobs);
    for (long i = 0; i < jobs; i++) {
        shared_free(slots[i].result, sizeof *slots[i].result);
    }
    free(slots);
    return !handlers_noted();
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

/* Kills whoever has the mark in its environment: without namespaces a daemon can outlive its run.
 */
static void kill_marked(const char *mark)
{
    static char environment[1 << 17];
    DIR *proc = opendir("/proc");
    size_t length = strlen(mark);
    if (!proc) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(proc));) {
        char path[300];
        pid_t pid = atoi(entry->d_name);
        if (!isdigit((unsigned char)entry->d_name[0]) || pid == getpid()) {
            continue;
        }
        (void)snprintf(path, sizeof path, "/proc/%d/environ", pid);
        long got = read_text(path, environment, sizeof environment);
        if (got > 0 && memmem(environment, (size_t)got, mark, length)) {
            (void)kill(pid, SIGKILL);
        }
    }
    (void)closedir(proc);
}

static void warden(int driver, const char *scratch)
{
    char byte;
    char mark[300];
    (void)setsid();
    for (int signo = 1; signo < NSIG; signo++) {
        (void)signal(signo, SIG_IGN);
    }
    (void)prctl(PR_SET_NAME, "curfew-warden");
    while (read(driver, &byte, 1) < 0 && errno == EINTR) {
    }
    (void)snprintf(mark, sizeof mark, "CURFEW_CAMPAIGN=%s", scratch);
    kill_marked(mark);
    (void)nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    _exit(0);
}

/* TMPDIR, if runs will find it at the same place: they have a /dev of their own. */
static const char *scratch_parent(void)
{
    const char *wanted = getenv("TMPDIR");
    char *real = wanted ? realpath(wanted, NULL) : NULL;
    bool fits =
        real && strcmp(real, wanted) == 0 && strlen(real) < 40 && strncmp(real, "/dev", 4) != 0;
    free(real);
    return fits ? wanted : "/tmp";
}

const char *scratch_new(void)
{
    static char path[64]; /* of the latest: one is in use at a time */
    int ends[2];
    (void)snprintf(path, sizeof path, "%.40s/curfew-probe-XXXXXX", scratch_parent());
    if (!mkdtemp(path) || chmod(path, 0755) || pipe2(ends, O_CLOEXEC)) {
        return NULL;
    }
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
        (void)dup2(null, STDERR_FILENO);
        (void)close(ends[1]);
        warden(ends[0], path);
    }
    (void)close(ends[0]); /* the other end is held until the driver ends */
    (void)setenv("CURFEW_CAMPAIGN", path, 1);
    return pid < 0 ? NULL : path;
}
