/* SPDX-License-Identifier: MIT
 *
 * command.h -- the intercepted calls that have the shell run a command.
 */
#ifndef RT_POSIX_COMMAND_H
#define RT_POSIX_COMMAND_H

#define RT_COMMAND_CALLS(X)                                                                        \
    X(system)                                                                                      \
    X(popen)                                                                                       \
    X(pclose)

#ifndef RT_EXPORTS_ONLY
#include <stdio.h>
#include <stdlib.h>
#endif
#endif
