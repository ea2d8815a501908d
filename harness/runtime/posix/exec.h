/* SPDX-License-Identifier: MIT
 *
 * exec.h -- the intercepted calls that execute another program.
 */
#ifndef RT_POSIX_EXEC_H
#define RT_POSIX_EXEC_H

#define RT_EXEC_CALLS(X)                                                                           \
    X(execve)                                                                                      \
    X(execv)                                                                                       \
    X(execvp)                                                                                      \
    X(execvpe)                                                                                     \
    X(fexecve)                                                                                     \
    X(execl)                                                                                       \
    X(execlp)                                                                                      \
    X(execle)

#ifndef RT_EXPORTS_ONLY
#include <unistd.h>
#endif
#endif
