/* SPDX-License-Identifier: MIT
 *
 * state.h -- what /proc says about the processes of a run: masks, progress, and a dump for people.
 */
#ifndef CURFEW_PROBE_STATE_H
#define CURFEW_PROBE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESSES_MAX 512

struct process {
    pid_t pid, parent, group, session;
    char state; /* as in stat: R S D Z T ... */
    char name[32];
};

/* The processes that the calling process has started, directly or not, zombies too. */
int state_processes(struct process *out_processes, int max);

/* R, S, D, Z, T, t ... of a thread; 0 if there is none. */
char state_of(pid_t tid);

struct masks {
    uint64_t blocked, ignored, caught,
        pending; /* bit n - 1 is signal n; pending: thread and process */
};
/* Of a thread; of the process with tid == pid. */
bool state_masks(pid_t pid, pid_t tid, struct masks *out_masks);
static inline bool mask_has(uint64_t mask, int signo)
{
    return (mask >> (signo - 1)) & 1u;
}

/* Whether every thread of the process but one blocks the signal; but 0 for none. */
bool state_all_block(pid_t pid, pid_t but, int signo);

struct progress {
    uint64_t switches; /* context switches of all threads: unchanged means that nobody ran */
    bool running;      /* some thread runs, or would if it got a processor */
    bool asleep;       /* every thread waits without a time limit: time alone changes nothing */
};
/* Of all processes that the caller has started, but those of the sessions in skip. */
void state_progress(const pid_t *skip, int skip_count, struct progress *out_progress);

/* One line per thread: name, state, system call, wait channel, blocked and pending signals. */
void state_dump(const pid_t *skip, int skip_count, char *text, size_t bytes);

/* Stacks of one thread with symbols where there are any, one frame per line.  The thread must be in
 * a ptrace stop of the caller if stopped is set; otherwise it is stopped for a moment. */
void state_stack(pid_t pid, pid_t tid, bool stopped, char *text, size_t bytes);

#endif
