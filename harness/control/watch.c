/* SPDX-License-Identifier: MIT
 *
 * watch.c -- the watchdog: what a thread that holds the turn but takes no step is doing.
 *
 * It measures the thread's own CPU time and its sleep, never the wall clock alone, so a loaded
 * machine does not change a verdict.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "session.h"

#define WATCH_TICK_MS 200u

struct task {
    char state;
    uint64_t cpu_ms;
    uint64_t switches;
};

static bool file_read(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    size_t length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    (void)fclose(file);
    return length > 0;
}

static bool task_read(pid_t pid, uint32_t tid, struct task *out_task)
{
    char path[96];
    char text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%u/stat", pid, tid);
    if (!file_read(path, text, sizeof text)) {
        return false;
    }
    const char *at = strrchr(text, ')');
    unsigned long user = 0;
    unsigned long system = 0;
    if (at == NULL || sscanf(at + 2, "%c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu",
                             &out_task->state, &user, &system) != 3) {
        return false;
    }
    out_task->cpu_ms = (user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
    (void)snprintf(path, sizeof path, "/proc/%d/task/%u/status", pid, tid);
    out_task->switches = 0;
    if (file_read(path, text, sizeof text)) {
        const char *switches = strstr(text, "\nvoluntary_ctxt_switches:");
        if (switches != NULL) {
            out_task->switches = strtoull(strchr(switches, ':') + 1, NULL, 10);
        }
    }
    return true;
}

/* Where a sleeping thread is: the function that made the system call, and its caller in the
 * program. */
static void task_place(struct control_session *session, pid_t pid, uint32_t tid, char *text,
                       size_t size)
{
    char path[96];
    char line[512];
    long number = -1;
    unsigned long stack = 0;
    unsigned long pc = 0;
    struct symbol symbol;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%u/syscall", pid, tid);
    if (!file_read(path, line, sizeof line) ||
        sscanf(line, "%ld %*s %*s %*s %*s %*s %*s %lx %lx", &number, &stack, &pc) != 3) {
        (void)snprintf(text, size, "an unknown place");
        return;
    }
    if (control_symbol(session, pc, false, &symbol)) {
        (void)snprintf(text, size, "%s (system call %ld)", symbol.function, number);
    } else {
        (void)snprintf(text, size, "system call %ld", number);
    }
    uint64_t words[1024];
    struct iovec local = { words, sizeof words };
    struct iovec remote = { (void *)stack, sizeof words };
    ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    for (size_t at = 0; got > 0 && at < (size_t)got / sizeof words[0]; at++) {
        const struct rt_module *module = control_module(session, words[at]);
        if (module == session->memory->modules && module != NULL &&
            control_symbol(session, words[at], true, &symbol) && !symbol.runtime &&
            symbol.line != 0 && strstr(symbol.file, "compiler-rt") == NULL) {
            const char *base = strrchr(symbol.file, '/');
            size_t length = strlen(text);
            (void)snprintf(text + length, size - length, " called from %s (%s:%u)", symbol.function,
                           base != NULL ? base + 1 : symbol.file, symbol.line);
            return;
        }
    }
}

static void watch_kill(struct watch *watch, enum verdict verdict)
{
    watch->verdict = verdict;
    watch->killed = true;
    (void)kill(watch->pid, SIGKILL);
}

void control_watch(struct control_session *session, struct watch *watch)
{
    const struct rt_control *memory = session->memory;
    uint64_t steps = __atomic_load_n(&memory->steps, __ATOMIC_RELAXED);
    uint32_t done = __atomic_load_n(&memory->batch_done, __ATOMIC_RELAXED);
    uint32_t tid = __atomic_load_n(&memory->turn_tid, __ATOMIC_RELAXED);
    struct task task;
    char place[384];

    if (watch->killed || tid == 0) {
        return;
    }
    if (!task_read(watch->pid, tid, &task)) {
        watch->quiet_ms += WATCH_TICK_MS;
        if (watch->quiet_ms >= session->options.patience_ms) {
            (void)snprintf(watch->message, sizeof watch->message,
                           "the thread that had the turn ended without the runtime's knowledge");
            watch_kill(watch, VERDICT_UNSUPPORTED);
        }
        return;
    }
    if (steps != watch->steps || done != watch->done) {
        watch->steps = steps;
        watch->done = done;
        watch->cpu_ms = task.cpu_ms;
        watch->quiet_ms = 0;
        watch->switches = task.switches;
        return;
    }
    if (task.state == 't') {
        return; /* a debugger holds it */
    }
    if (task.cpu_ms >= watch->cpu_ms + session->options.cpu_ms) {
        struct symbol symbol;
        bool known = control_symbol(session, memory->turn_pc, true, &symbol);
        (void)snprintf(
            watch->message, sizeof watch->message, "a thread runs without taking a step%s%s%s",
            known ? "; its last one was in " : "", known ? symbol.function : "", known ? "" : "");
        watch_kill(watch, VERDICT_LIVELOCK);
        return;
    }
    if ((task.state == 'S' || task.state == 'D' || task.state == 'T' || task.state == 'Z') &&
        task.switches == watch->switches) {
        watch->quiet_ms += WATCH_TICK_MS;
    } else {
        watch->quiet_ms = 0;
        watch->switches = task.switches;
    }
    if (watch->quiet_ms >= session->options.patience_ms) {
        task_place(session, watch->pid, tid, place, sizeof place);
        (void)snprintf(watch->message, sizeof watch->message,
                       task.state == 'T' ? "the program was stopped by a signal"
                                         : "a thread blocks outside of control in %s",
                       place);
        watch_kill(watch, VERDICT_UNSUPPORTED);
    }
}
