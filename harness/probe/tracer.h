/* SPDX-License-Identifier: MIT
 *
 * tracer.h -- follows a program's threads and children by ptrace and shows each of their system
 * calls.
 *
 * One process traces one program.  Its thread sees every stop, in tracer_step; what to do at a
 * system call is decided by the callbacks.
 */
#ifndef CURFEW_PROBE_TRACER_H
#define CURFEW_PROBE_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "point.h"

#define TASKS_MAX 8192

struct task {
    pid_t tid;
    pid_t tgid;
    char path[PATH_BYTES];
    uint32_t children; /* tasks made so far, for their paths */
    uint32_t image;    /* counts execve, inherited */
    int32_t previous;  /* the call before the current one; -1 */
    int32_t nr;        /* current or last call */
    uint64_t address;  /* its return address */
    bool known;        /* its parent's event has been seen: path and tgid are set */
    bool in_call;
    bool early_stop; /* stopped before it was known: to be continued once it is */
    bool undone;     /* its call is being taken back */
    bool stays;      /* left in its stop */
};

enum action {
    ACTION_GO,     /* let it make the call */
    ACTION_UNDO,   /* take the call back: on_undone follows, then the call is made anew */
    ACTION_STAY,   /* leave it in this stop; tracer_go or tracer_detach later */
    ACTION_DETACH, /* stop tracing it */
    ACTION_NONE,   /* the callback has seen to it */
};

struct tracer;
struct tracer_callbacks {
    enum action (*on_entry)(void *context, struct task *task);
    enum action (*on_exit)(void *context, struct task *task);
    enum action (*on_undone)(void *context, struct task *task); /* STAY or DETACH or GO */
    /* A process or thread that was waited for has ended; threads are reported too. */
    void (*on_end)(void *context, pid_t pid, int wait_status);
};

struct tracer {
    const struct tracer_callbacks *callbacks;
    void *context;
    struct task *tasks;
    int tasks_count;
    uint32_t tasks_seen;
    uint32_t images;
    uint64_t stops;  /* all events seen: unchanged means quiet */
    bool releasing;  /* every task is detached at its next stop */
    bool overflowed; /* more tasks than TASKS_MAX */
};

int tracer_init(struct tracer *tracer, const struct tracer_callbacks *callbacks, void *context);
void tracer_fini(struct tracer *tracer);

/* Takes hold of a child that waits to execute the program; system calls show from execve on. */
int tracer_seize(struct tracer *tracer, pid_t pid);

/* Waits for one event and handles it.
 *   Errors:  -EINTR a signal came to the caller; -ECHILD nobody is left; -EAGAIN (no_hang) none
 * now. */
int tracer_step(struct tracer *tracer, bool no_hang);

struct task *tracer_find(struct tracer *tracer, pid_t tid);
void tracer_go(struct tracer *tracer, struct task *task);
void tracer_detach(struct tracer *tracer, struct task *task);

/* From now on every task is let go at its next stop.  Those that are blocked stay attached until
 * then: an interruption would end an epoll_wait with EINTR, and hide what is looked for. */
void tracer_release(struct tracer *tracer);

#endif
