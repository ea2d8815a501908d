/* SPDX-License-Identifier: MIT
 *
 * isolate.h -- what keeps a run apart from the machine and from other runs.
 *
 * With namespaces: a run is PID 1 of its own PID namespace, so that pids repeat and everything in
 * it dies with it; it has its own network with nothing but lo, its own IPC, and a root file system
 * that is an overlay with a tmpfs as upper layer, so that every path works, nothing outside is
 * changed, and what a program leaves behind is exactly what is in the upper layer. Without: a
 * subreaper and a scratch directory.
 */
#ifndef CURFEW_PROBE_ISOLATE_H
#define CURFEW_PROBE_ISOLATE_H

#include <stdbool.h>
#include <sys/types.h>

#define LAYERS_MAX 64

/* One directory tree of which changes are seen. */
struct layer {
    char path[256]; /* as the program sees it; "" for the root */
    int upper;      /* descriptor of the directory that holds what has changed */
    int lower;      /* of the same directory as it was; -1 if it was empty */
};

struct isolation {
    struct layer layers[LAYERS_MAX];
    int layers_count;
    char scratch[200];
};

/* Whether namespaces and overlays are permitted here; tried in a child.
 *   out_why:  if not, what is not permitted; at least 160 bytes. */
bool isolate_permitted(const char *scratch, char *out_why);

/* Forks the process that is to carry out a run, isolated.  Its parent dies with it and it with its
 * parent, and the caller is the grandparent of all.
 *   Returns 0 in the new process, the pid to wait for in the caller, or a negative errno. */
pid_t isolate_fork(bool namespaces);

/* Ends what isolate_fork has returned, and with it all that it has started; still to be waited
 * for. */
void isolate_end(pid_t pid, bool namespaces);

/* In the new process: makes the file system and the network.
 *   scratch:  an existing directory, which becomes the run's own.
 *   Errors:   a negative errno; out_why says which step, at least 160 bytes. */
int isolate_enter(bool namespaces, const char *scratch, struct isolation *out_isolation,
                  char *out_why);

#endif
