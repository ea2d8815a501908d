/* SPDX-License-Identifier: MIT
 *
 * state.c -- reads /proc; changes nothing.
 */
#include "state.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "options.h"
#include "point.h"
#include "util.h"

static bool read_process(const char *path, struct process *out)
{
    char text[512];
    int parent, group, session;
    if (read_text(path, text, sizeof text) <= 0) {
        return false;
    }
    char *open_paren = strchr(text, '(');
    char *close_paren = strrchr(text, ')');
    if (!open_paren || !close_paren ||
        sscanf(close_paren + 2, "%c %d %d %d", &out->state, &parent, &group, &session) != 4) {
        return false;
    }
    *close_paren = '\0';
    (void)snprintf(out->name, sizeof out->name, "%.31s", open_paren + 1);
    out->pid = atoi(text);
    out->parent = parent;
    out->group = group;
    out->session = session;
    return true;
}

static int read_all(struct process *processes, int max)
{
    int count = 0;
    DIR *proc = opendir("/proc");
    if (!proc) {
        return 0;
    }
    for (struct dirent *entry; count < max && (entry = readdir(proc));) {
        char path[300];
        if (!isdigit((unsigned char)entry->d_name[0])) {
            continue;
        }
        (void)snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        if (read_process(path, &processes[count])) {
            count++;
        }
    }
    (void)closedir(proc);
    return count;
}

int state_processes(struct process *out_processes, int max)
{
    /* Without namespaces the whole machine is in there. */
    static struct process all[32768];
    static bool ours[32768];
    int count = read_all(all, (int)(sizeof all / sizeof *all));
    pid_t self = getpid();
    int found = 0;
    memset(ours, 0, sizeof *ours * (size_t)count);
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < count; i++) {
            if (ours[i] || all[i].pid == self) {
                continue;
            }
            ours[i] = all[i].parent == self;
            for (int j = 0; j < count && !ours[i]; j++) {
                ours[i] = ours[j] && all[j].pid == all[i].parent;
            }
            again |= ours[i];
        }
    }
    for (int i = 0; i < count && found < max; i++) {
        if (ours[i]) {
            out_processes[found++] = all[i];
        }
    }
    return found;
}

char state_of(pid_t tid)
{
    struct process process;
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", tid);
    return read_process(path, &process) ? process.state : '\0';
}

static uint64_t field(const char *text, const char *name, int base)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, base) : 0;
}

bool state_masks(pid_t pid, pid_t tid, struct masks *out_masks)
{
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
    if (read_text(path, text, sizeof text) <= 0) {
        return false;
    }
    out_masks->blocked = field(text, "\nSigBlk:", 16);
    out_masks->ignored = field(text, "\nSigIgn:", 16);
    out_masks->caught = field(text, "\nSigCgt:", 16);
    out_masks->pending = field(text, "\nSigPnd:", 16) | field(text, "\nShdPnd:", 16);
    return true;
}

/* Calls visit for every thread of a process. */
static void each_thread(pid_t pid, void (*visit)(pid_t pid, pid_t tid, void *context),
                        void *context)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(tasks));) {
        if (isdigit((unsigned char)entry->d_name[0])) {
            visit(pid, atoi(entry->d_name), context);
        }
    }
    (void)closedir(tasks);
}

struct block_question {
    int signo;
    pid_t but;
    bool open;
};

static void ask_block(pid_t pid, pid_t tid, void *context)
{
    struct block_question *question = context;
    struct masks masks;
    if (tid != question->but && state_masks(pid, tid, &masks) &&
        !mask_has(masks.blocked, question->signo)) {
        question->open = true;
    }
}

bool state_all_block(pid_t pid, pid_t but, int signo)
{
    struct block_question question = { signo, but, false };
    each_thread(pid, ask_block, &question);
    return !question.open;
}

static bool is_skipped(const struct process *process, const pid_t *skip, int skip_count)
{
    for (int i = 0; i < skip_count; i++) {
        if (process->session == skip[i]) {
            return true;
        }
    }
    return false;
}

/* Which argument of a blocking call is its time limit, and how "no limit" looks there. */
static bool waits_for_ever(long nr, const uint64_t *args)
{
    switch (nr) {
    case SYS_futex: {
        uint64_t operation = args[1] & 0x7f; /* without the private and clock flags */
        return (operation == 0 || operation == 9) ? args[3] == 0 : operation == 6;
    }
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
        return (int)args[3] < 0;
    case SYS_epoll_pwait2:
        return args[3] == 0;
#ifdef SYS_poll
    case SYS_poll:
        return (int)args[2] < 0;
    case SYS_select:
        return args[4] == 0;
    case SYS_pause:
        return true;
#endif
    case SYS_ppoll:
    case SYS_rt_sigtimedwait:
        return args[2] == 0;
    case SYS_pselect6:
        return args[4] == 0;
    case SYS_rt_sigsuspend:
    case SYS_read:
    case SYS_readv:
    case SYS_recvmsg:
    case SYS_recvfrom:
    case SYS_accept:
    case SYS_accept4:
    case SYS_wait4:
    case SYS_waitid:
        return true;
    default:
        return false;
    }
}

static bool thread_asleep(pid_t pid, pid_t tid)
{
    char path[64], text[512];
    long nr;
    uint64_t a[6];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
    if (read_text(path, text, sizeof text) <= 0) {
        return false;
    }
    return sscanf(text, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &nr, &a[0],
                  &a[1], &a[2], &a[3], &a[4]) == 6 &&
           waits_for_ever(nr, a);
}

static void add_progress(pid_t pid, pid_t tid, void *context)
{
    struct progress *progress = context;
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
    if (read_text(path, text, sizeof text) <= 0) {
        return;
    }
    progress->switches += field(text, "\nvoluntary_ctxt_switches:", 10) +
                          field(text, "\nnonvoluntary_ctxt_switches:", 10);
    struct process thread;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
    progress->running |= read_process(path, &thread) && thread.state == 'R';
    progress->asleep &= thread_asleep(pid, tid);
}

/* A timer's descriptor can end a wait that has no limit of its own. */
static bool has_timer(pid_t pid)
{
    char path[64], target[64];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *fds = opendir(path);
    if (!fds) {
        return true;
    }
    for (struct dirent *entry; !found && (entry = readdir(fds));) {
        ssize_t length = readlinkat(dirfd(fds), entry->d_name, target, sizeof target - 1);
        if (length > 0) {
            target[length] = '\0';
            found = strstr(target, "[timerfd]") != NULL;
        }
    }
    (void)closedir(fds);
    (void)snprintf(path, sizeof path, "/proc/%d/timers", pid);
    return found || read_text(path, target, sizeof target) > 0;
}

void state_progress(const pid_t *skip, int skip_count, struct progress *out_progress)
{
    static struct process processes[PROCESSES_MAX];
    int count = state_processes(processes, PROCESSES_MAX);
    *out_progress = (struct progress){ .asleep = true };
    for (int i = 0; i < count; i++) {
        if (processes[i].state != 'Z' && !is_skipped(&processes[i], skip, skip_count)) {
            each_thread(processes[i].pid, add_progress, out_progress);
            out_progress->asleep &= !has_timer(processes[i].pid);
        }
    }
}

struct dump {
    char *text;
    size_t bytes;
};

static void add_signals(struct dump *dump, const char *title, uint64_t mask)
{
    if (!mask) {
        return;
    }
    append(dump->text, dump->bytes, " %s", title);
    char separator = ' ';
    for (int signo = 1; signo < 32; signo++) {
        if (mask_has(mask, signo)) {
            append(dump->text, dump->bytes, "%c%s", separator, signal_name(signo));
            separator = ',';
        }
    }
}

static void dump_thread(pid_t pid, pid_t tid, void *context)
{
    struct dump *dump = context;
    struct masks masks = { 0 };
    struct process thread = { .state = '?' };
    char path[64], text[256], channel[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
    (void)read_process(path, &thread);
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/wchan", pid, tid);
    (void)read_text(path, channel, sizeof channel);
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
    long length = read_text(path, text, sizeof text);
    append(dump->text, dump->bytes, "  %d/%d %s %c", pid, tid, thread.name, thread.state);
    if (length > 0 && isdigit((unsigned char)text[0])) {
        append(dump->text, dump->bytes, " in %s", syscall_name(atol(text)));
        append(dump->text, dump->bytes, "%s", thread_asleep(pid, tid) ? ", no time limit" : "");
    } else if (length > 0) {
        append(dump->text, dump->bytes, " %.*s", (int)strcspn(text, " \n"), text);
    }
    if (channel[0] && channel[0] != '0') {
        append(dump->text, dump->bytes, ", waits in %s", channel);
    }
    if (state_masks(pid, tid, &masks)) {
        add_signals(dump, "blocks", masks.blocked & 0x7fffffffu);
        add_signals(dump, "pending", masks.pending & 0x7fffffffu);
        add_signals(dump, "ignores", tid == pid ? masks.ignored & 0x7fffffffu : 0);
        add_signals(dump, "catches", tid == pid ? masks.caught & 0x7fffffffu : 0);
    }
    append(dump->text, dump->bytes, "\n");
}

void state_dump(const pid_t *skip, int skip_count, char *text, size_t bytes)
{
    static struct process processes[PROCESSES_MAX];
    struct dump dump = { text, bytes };
    int count = state_processes(processes, PROCESSES_MAX);
    for (int i = 0; i < count; i++) {
        if (processes[i].state == 'Z') {
            append(text, bytes, "  %d %s is a zombie\n", processes[i].pid, processes[i].name);
        } else if (!is_skipped(&processes[i], skip, skip_count)) {
            each_thread(processes[i].pid, dump_thread, &dump);
        }
    }
}
