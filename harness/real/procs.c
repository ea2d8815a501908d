/* SPDX-License-Identifier: MIT
 *
 * procs.c -- reads /proc.
 */
#include "procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Reads a small file whole, as a string without its last newline.  -1: gone. */
static ssize_t read_text(const char *path, char *text, size_t text_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    size_t length = 0;
    ssize_t got = 0;
    while (length + 1 < text_bytes &&
           (got = read(fd, text + length, text_bytes - 1 - length)) > 0) {
        length += (size_t)got;
    }
    (void)close(fd);
    if (got < 0) {
        return -1;
    }
    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    text[length] = '\0';
    return (ssize_t)length;
}

static const char *field(const char *status, const char *name)
{
    const char *at = strstr(status, name);
    return at != NULL ? at + strlen(name) : "";
}

static void task_path(char *path, size_t path_bytes, pid_t pid, pid_t tid, const char *file)
{
    (void)snprintf(path, path_bytes, "/proc/%d/task/%d/%s", (int)pid, (int)tid, file);
}

/* What the thread waits for in sigwait, sigwaitinfo or sigtimedwait.  While it does, the kernel
 * shows these signals as unblocked, although they do nothing but end the wait. */
static uint64_t awaited_signals(pid_t pid, pid_t tid)
{
    char path[96];
    char call[256];
    char *end;
    uint64_t awaited = 0;
    task_path(path, sizeof(path), pid, tid, "syscall");
    if (read_text(path, call, sizeof(call)) <= 0 || strtol(call, &end, 10) != SYS_rt_sigtimedwait) {
        return 0;
    }
    off_t address = (off_t)strtoull(end, NULL, 16);
    task_path(path, sizeof(path), pid, tid, "mem");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || pread(fd, &awaited, sizeof(awaited), address) != (ssize_t)sizeof(awaited)) {
        awaited = UINT64_MAX; /* It does wait for some; which ones we may not see. */
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return awaited;
}

void procs_signals(pid_t pid, pid_t tid, struct procs_signals *out_signals)
{
    char path[96];
    char status[4096];
    *out_signals = (struct procs_signals){ .alive = false };
    task_path(path, sizeof(path), pid, tid, "status");
    if (read_text(path, status, sizeof(status)) <= 0) {
        return;
    }
    const char *state = field(status, "\nState:\t");
    out_signals->alive = *state != 'Z' && *state != 'X';
    out_signals->blocked = strtoull(field(status, "\nSigBlk:\t"), NULL, 16);
    out_signals->blocked |= awaited_signals(pid, tid);
    out_signals->ignored = strtoull(field(status, "\nSigIgn:\t"), NULL, 16);
    out_signals->caught = strtoull(field(status, "\nSigCgt:\t"), NULL, 16);
}

/* Calls `fn` for each entry of a directory whose name is a number. */
static void each_number(const char *path, procs_visit_fn *fn, void *context)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (number > 0 && *end == '\0' && !fn((pid_t)number, context)) {
            break;
        }
    }
    (void)closedir(directory);
}

void procs_each(procs_visit_fn *fn, void *context)
{
    each_number("/proc", fn, context);
}

struct parent_filter {
    procs_visit_fn *fn;
    void *context;
};

static bool visit_if_child(pid_t pid, void *context)
{
    struct parent_filter *filter = context;
    char path[64];
    char status[4096];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (read_text(path, status, sizeof(status)) <= 0 ||
        strtol(field(status, "\nPPid:\t"), NULL, 10) != (long)getpid()) {
        return true;
    }
    return filter->fn(pid, filter->context);
}

void procs_each_child(procs_visit_fn *fn, void *context)
{
    static char list[65536]; /* Not on the stack for its size; we are one thread. */
    char path[64];
    task_path(path, sizeof(path), getpid(), getpid(), "children");
    if (read_text(path, list, sizeof(list)) < 0) {
        /* A kernel without CONFIG_PROC_CHILDREN. */
        struct parent_filter filter = { fn, context };
        procs_each(visit_if_child, &filter);
        return;
    }
    char *at = list;
    while (*at != '\0') {
        char *end;
        long pid = strtol(at, &end, 10);
        if (end == at || !fn((pid_t)pid, context)) {
            break;
        }
        at = end;
    }
}

static bool environment_holds(pid_t pid, const char *mark)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool found = false;
    size_t mark_bytes = strlen(mark);
    static char window[32768];
    size_t held = 0;
    ssize_t got;
    while (!found && (got = read(fd, window + held, sizeof(window) - held)) > 0) {
        held += (size_t)got;
        found = memmem(window, held, mark, mark_bytes) != NULL;
        if (held > mark_bytes) { /* Keep what may be the beginning of a mark. */
            memmove(window, window + held - mark_bytes, mark_bytes);
            held = mark_bytes;
        }
    }
    (void)close(fd);
    return found;
}

bool procs_belongs(pid_t pid, pid_t session, const char *mark)
{
    struct procs_signals signals;
    bool ours = (session > 0 && getsid(pid) == session) || environment_holds(pid, mark);
    if (ours) {
        procs_signals(pid, pid, &signals);
    }
    return ours && signals.alive;
}

bool procs_is_veiled(pid_t pid)
{
    struct procs_signals signals;
    char path[64];
    char first[2];
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
    bool veiled = read_text(path, first, sizeof(first)) <= 0;
    procs_signals(pid, pid, &signals);
    return veiled && signals.alive;
}

void procs_name(pid_t pid, char *name, size_t name_bytes)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    if (read_text(path, name, name_bytes) <= 0) {
        (void)snprintf(name, name_bytes, "?");
    }
}

struct thread_search {
    pid_t pid;
    const char *name;
    char first_name[64]; /* of the first thread; others begin with it */
    bool unnamed;
    pid_t found;
};

static bool match_thread(pid_t tid, void *context)
{
    struct thread_search *search = context;
    char path[96];
    char name[64];
    task_path(path, sizeof(path), search->pid, tid, "comm");
    if (read_text(path, name, sizeof(name)) <= 0) {
        return true;
    }
    if (strcmp(name, search->name) == 0) {
        search->found = tid;
    }
    search->unnamed =
        search->unnamed || (tid != search->pid && strcmp(name, search->first_name) == 0);
    return search->found == 0;
}

pid_t procs_find_thread(pid_t pid, const char *name, bool *out_unnamed)
{
    struct thread_search search = { .pid = pid, .name = name };
    char path[96];
    task_path(path, sizeof(path), pid, pid, "comm");
    (void)read_text(path, search.first_name, sizeof(search.first_name));
    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    each_number(path, match_thread, &search);
    *out_unnamed = search.unnamed;
    return search.found;
}

struct thread_print {
    pid_t pid;
    FILE *file;
};

static bool print_thread(pid_t tid, void *context)
{
    struct thread_print *print = context;
    char path[96];
    char name[64] = "?";
    char where[128] = "?";
    char call[256] = "";
    char status[4096] = "";

    task_path(path, sizeof(path), print->pid, tid, "comm");
    (void)read_text(path, name, sizeof(name));
    task_path(path, sizeof(path), print->pid, tid, "wchan");
    (void)read_text(path, where, sizeof(where));
    task_path(path, sizeof(path), print->pid, tid, "syscall");
    (void)read_text(path, call, sizeof(call));
    task_path(path, sizeof(path), print->pid, tid, "status");
    (void)read_text(path, status, sizeof(status));
    const char *state = field(status, "\nState:\t");
    (void)fprintf(print->file, "  thread %-15s tid %d %.*s, in %s", name, (int)tid,
                  (int)strcspn(state, "\n"), state, strcmp(where, "0") == 0 ? "user space" : where);
    if (call[0] >= '0' && call[0] <= '9') {
        (void)fprintf(print->file, " (system call %.*s)", (int)strcspn(call, " "), call);
    }
    (void)fprintf(print->file, ", blocked %.16s pending %.16s shared %.16s\n",
                  field(status, "\nSigBlk:\t"), field(status, "\nSigPnd:\t"),
                  field(status, "\nShdPnd:\t"));
    return true;
}

void procs_print_threads(pid_t pid, FILE *file)
{
    struct thread_print print = { pid, file };
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    each_number(path, print_thread, &print);
}
