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
    X(system)                                                                                      \
    X(popen)                                                                                       \
    X(pclose)                                                                                      \
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
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int __fork(void);

/* Before anything of the program: the first that a forked child does is to leave control. */
void rt_process_begin(void);
#endif
#endif
