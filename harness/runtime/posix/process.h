/* SPDX-License-Identifier: MIT
 *
 * process.h -- the intercepted calls that make other processes, or another program of this one.
 */
#ifndef RT_POSIX_PROCESS_H
#define RT_POSIX_PROCESS_H

#define RT_PROCESS_CALLS(X)                                                                        \
    X(fork)                                                                                        \
    X(__fork)                                                                                      \
    X(vfork)                                                                                       \
    X(posix_spawn)                                                                                 \
    X(posix_spawnp)                                                                                \
    X(execve)                                                                                      \
    X(execv)                                                                                       \
    X(execvp)                                                                                      \
    X(execvpe)                                                                                     \
    X(execveat)                                                                                    \
    X(fexecve)                                                                                     \
    X(execl)                                                                                       \
    X(execle)                                                                                      \
    X(execlp)

#ifndef RT_EXPORTS_ONLY
#include <spawn.h>
#include <unistd.h>

#include "../ops.h"

struct rt_thread;

int __fork(void);

/* Before anything of the program: the first that a forked child does is to leave control. */
void rt_process_begin(void);
/* The step of a call that makes a child, or waits for it.  NULL: not under control. */
struct rt_thread *rt_process_step(enum rt_op op, void *frame);
#endif
#endif
