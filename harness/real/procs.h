/* SPDX-License-Identifier: MIT
 *
 * procs.h -- what /proc tells about processes and their threads.  Reads only; what has gone in the
 * meantime is simply absent.
 */
#ifndef CURFEW_REAL_PROCS_H
#define CURFEW_REAL_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* A thread's signal sets as bit masks: signal n is bit n - 1. */
struct procs_signals {
    bool alive;       /* neither a zombie nor gone */
    uint64_t blocked; /* or waited for by sigwait and the like */
    uint64_t ignored;
    uint64_t caught;
};
void procs_signals(pid_t pid, pid_t tid, struct procs_signals *out_signals);

/* The thread of a process with this name as ps shows it; 0: none.
 *   out_unnamed:  a thread still has the name that it began with, the first one's. */
pid_t procs_find_thread(pid_t pid, const char *name, bool *out_unnamed);

/* Calls `fn` for each process (not thread) that exists, until it returns false. */
typedef bool procs_visit_fn(pid_t pid, void *context);
void procs_each(procs_visit_fn *fn, void *context);

/* Calls `fn` for each child of this process. */
void procs_each_child(procs_visit_fn *fn, void *context);

/* True if the process is alive and belongs to the session, or its environment holds `mark`. */
bool procs_belongs(pid_t pid, pid_t session, const char *mark);

/* True if the process is alive and its environment cannot be read now, as in the middle of exec:
 * look again to know whether it belongs. */
bool procs_is_veiled(pid_t pid);

/* The process's name as ps shows it; "?" if it has gone. */
void procs_name(pid_t pid, char *name, size_t name_bytes);

/* Writes a line for each thread: name, tid, state, where it waits, its signals. */
void procs_print_threads(pid_t pid, FILE *file);

#endif
