/* SPDX-License-Identifier: MIT
 *
 * tool.h -- a helper program (gdb, llvm-symbolizer) that runs beside the campaign, for a bounded
 * time, with its output captured.
 */
#ifndef CURFEW_REAL_TOOL_H
#define CURFEW_REAL_TOOL_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture.h"

struct tool {
    pid_t pid;       /* 0: not running */
    int pidfd;       /* owned while it runs */
    int wait_status; /* valid once it has ended */
    uint64_t deadline_ns;
    struct capture output;
};

/* A tool that never ran. */
#define TOOL_INIT                                                                                  \
    {                                                                                              \
        .pidfd = -1, .output = {.fd = -1 }                                                         \
    }

/* Starts it; it is killed at the deadline.
 *   argv[0]:  an absolute path.
 *   input:    what it reads from stdin; NULL: nothing.
 *   Errors:   as launch_process. */
int tool_start(struct tool *tool, char *const *argv, const char *input, uint64_t deadline_ns);

/* Reads what there is.  True once it has ended (and been waited for). */
bool tool_advance(struct tool *tool);

/* Waits for its end, at most until its deadline. */
void tool_wait(struct tool *tool);

/* Its descriptors to poll, two at most; returns how many. */
unsigned tool_pollfds(const struct tool *tool, struct pollfd *fds);

/* Kills it if it runs, and frees all. */
void tool_fini(struct tool *tool);

#endif
