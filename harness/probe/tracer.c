/* SPDX-License-Identifier: MIT
 *
 * tracer.c -- the ptrace loop.
 *
 * A task is in one of three states: running, in a stop that is being handled, or left in its stop
 * ("stays").  A new task's first stop may come before the event that names its parent; it is then
 * left in that stop until it is known, for without a path it has no site.
 */
#include "tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define OPTIONS                                                                                    \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |      \
     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/* The one part that knows the processor. */
#ifdef __x86_64__
#define SYSCALL_BYTES 2
static bool skip_call(pid_t tid)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers)) {
        return false;
    }
    registers.orig_rax = (unsigned long long)-1;
    return ptrace(PTRACE_SETREGS, tid, NULL, &registers) == 0;
}

static bool rewind_call(pid_t tid, int32_t nr)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers)) {
        return false;
    }
    registers.rip -= SYSCALL_BYTES;
    registers.rax = (unsigned long long)nr;
    registers.orig_rax = (unsigned long long)-1; /* no call to restart: the handler returns to it */
    return ptrace(PTRACE_SETREGS, tid, NULL, &registers) == 0;
}
#else
#error "taking a system call back is written for x86-64 only"
#endif

int tracer_init(struct tracer *tracer, const struct tracer_callbacks *callbacks, void *context)
{
    *tracer = (struct tracer){ .callbacks = callbacks, .context = context };
    tracer->tasks = xcalloc(TASKS_MAX, sizeof *tracer->tasks);
    return 0;
}

void tracer_fini(struct tracer *tracer)
{
    free(tracer->tasks);
}

struct task *tracer_find(struct tracer *tracer, pid_t tid)
{
    for (int i = 0; i < tracer->tasks_count; i++) {
        if (tracer->tasks[i].tid == tid) {
            return &tracer->tasks[i];
        }
    }
    return NULL;
}

static struct task *add_task(struct tracer *tracer, pid_t tid)
{
    if (tracer->tasks_count == TASKS_MAX) {
        tracer->overflowed = true;
        return NULL;
    }
    struct task *task = &tracer->tasks[tracer->tasks_count++];
    *task = (struct task){ .tid = tid, .tgid = tid, .previous = -1, .nr = -1 };
    tracer->tasks_seen++;
    return task;
}

static void drop_task(struct tracer *tracer, struct task *task)
{
    *task = tracer->tasks[--tracer->tasks_count];
}

int tracer_seize(struct tracer *tracer, pid_t pid)
{
    if (ptrace(PTRACE_SEIZE, pid, NULL, OPTIONS)) {
        return -errno;
    }
    struct task *task = add_task(tracer, pid);
    if (!task) {
        return -ENOMEM;
    }
    (void)snprintf(task->path, sizeof task->path, "m");
    task->known = true;
    return 0;
}

static void go_with(struct tracer *tracer, struct task *task, int signo)
{
    task->stays = false;
    /* It may have been killed meanwhile; its end is reported then. */
    (void)ptrace(PTRACE_SYSCALL, task->tid, NULL, (long)signo);
    (void)tracer;
}

static void detach_with(struct tracer *tracer, struct task *task, int signo)
{
    (void)ptrace(PTRACE_DETACH, task->tid, NULL, (long)signo);
    drop_task(tracer, task);
}

void tracer_go(struct tracer *tracer, struct task *task)
{
    go_with(tracer, task, 0);
}

void tracer_detach(struct tracer *tracer, struct task *task)
{
    detach_with(tracer, task, 0);
}

void tracer_release(struct tracer *tracer)
{
    tracer->releasing = true;
    for (int i = tracer->tasks_count - 1; i >= 0; i--) {
        if (tracer->tasks[i].stays || tracer->tasks[i].early_stop) {
            tracer_detach(tracer, &tracer->tasks[i]);
        }
    }
}

static void act(struct tracer *tracer, struct task *task, enum action action)
{
    switch (action) {
    case ACTION_UNDO:
        if (skip_call(task->tid)) {
            task->undone = true;
        }
        tracer_go(tracer, task);
        return;
    case ACTION_STAY:
        task->stays = true;
        return;
    case ACTION_DETACH:
        tracer_detach(tracer, task);
        return;
    case ACTION_NONE:
        return;
    case ACTION_GO:
        break;
    }
    /* A callback may have started the release. */
    if (tracer->releasing) {
        tracer_detach(tracer, task);
    } else {
        tracer_go(tracer, task);
    }
}

static void handle_call(struct tracer *tracer, struct task *task)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, (void *)sizeof info, &info) <= 0) {
        tracer_go(tracer, task);
        return;
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        task->in_call = true;
        task->previous = task->nr;
        task->nr = (int32_t)info.entry.nr;
        task->address = info.instruction_pointer;
        act(tracer, task, tracer->callbacks->on_entry(tracer->context, task));
        return;
    }
    task->in_call = false;
    if (task->undone) {
        task->undone = false;
        (void)rewind_call(task->tid, task->nr);
        act(tracer, task, tracer->callbacks->on_undone(tracer->context, task));
        return;
    }
    act(tracer, task, tracer->callbacks->on_exit(tracer->context, task));
}

static pid_t thread_group(pid_t tid)
{
    char path[64], text[1024];
    (void)snprintf(path, sizeof path, "/proc/%d/status", tid);
    if (read_text(path, text, sizeof text) <= 0) {
        return tid;
    }
    const char *at = strstr(text, "\nTgid:");
    return at ? atoi(at + 6) : tid;
}

/* A path that is too long becomes a shorter name that repeats all the same. */
static void name_child(struct task *parent, struct task *child)
{
    uint32_t number = ++parent->children;
    if (snprintf(child->path, sizeof child->path, "%s.%u", parent->path, number) >=
        (int)sizeof child->path) {
        uint64_t hash = hash_bytes(HASH_START, parent->path, strlen(parent->path));
        (void)snprintf(child->path, sizeof child->path, "~%08x.%u", (unsigned)hash, number);
    }
}

static void handle_birth(struct tracer *tracer, struct task *parent)
{
    unsigned long child_tid = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &child_tid) == 0) {
        struct task *child = tracer_find(tracer, (pid_t)child_tid);
        parent = tracer_find(tracer, parent->tid);
        if (!child) {
            child = add_task(tracer, (pid_t)child_tid);
        }
        if (child) {
            name_child(parent, child);
            child->known = true;
            child->image = parent->image;
            child->tgid = thread_group(child->tid);
            if (child->early_stop) {
                child->early_stop = false;
                tracer_go(tracer, child);
            }
        }
    }
    tracer_go(tracer, parent);
}

static void handle_exec(struct tracer *tracer, struct task *task)
{
    unsigned long former = 0;
    (void)ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &former);
    if (former && (pid_t)former != task->tid) {
        struct task *other = tracer_find(tracer, (pid_t)former);
        if (other) {
            pid_t tid = task->tid;
            drop_task(tracer, other);
            task = tracer_find(tracer, tid);
        }
    }
    task->image = ++tracer->images;
    tracer_go(tracer, task);
}

static void handle_stop(struct tracer *tracer, struct task *task, int status)
{
    int event = status >> 16;
    int signo = WSTOPSIG(status);
    if (tracer->releasing) {
        bool delivery = event == 0 && signo != (SIGTRAP | 0x80);
        detach_with(tracer, task, delivery ? signo : 0);
        return;
    }
    switch (event) {
    case 0:
        if (signo == (SIGTRAP | 0x80)) {
            handle_call(tracer, task);
        } else {
            go_with(tracer, task, signo);
        }
        return;
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
        handle_birth(tracer, task);
        return;
    case PTRACE_EVENT_EXEC:
        handle_exec(tracer, task);
        return;
    case PTRACE_EVENT_STOP:
        if (signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU) {
            (void)ptrace(PTRACE_LISTEN, task->tid, NULL, NULL);
            return;
        }
        break;
    default:
        break;
    }
    tracer_go(tracer, task);
}

int tracer_step(struct tracer *tracer, bool no_hang)
{
    int status;
    pid_t tid = waitpid(-1, &status, __WALL | (no_hang ? WNOHANG : 0));
    if (tid < 0) {
        return -errno;
    }
    if (tid == 0) {
        return -EAGAIN;
    }
    tracer->stops++;
    struct task *task = tracer_find(tracer, tid);
    if (!WIFSTOPPED(status)) {
        if (task) {
            drop_task(tracer, task);
        }
        tracer->callbacks->on_end(tracer->context, tid, status);
        return 0;
    }
    if (!task) {
        task = add_task(tracer, tid);
        if (!task) {
            (void)ptrace(PTRACE_DETACH, tid, NULL, NULL);
            return 0;
        }
    }
    if (!task->known && !tracer->releasing) {
        task->early_stop = true;
        return 0;
    }
    handle_stop(tracer, task, status);
    return 0;
}
