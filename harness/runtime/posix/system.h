/* SPDX-License-Identifier: MIT
 *
 * system.h -- the intercepted calls about the machine: its processors, as many as the controller
 * says.
 */
#ifndef RT_POSIX_SYSTEM_H
#define RT_POSIX_SYSTEM_H

#define RT_SYSTEM_CALLS(X)                                                                         \
    X(sysconf)                                                                                     \
    X(get_nprocs)                                                                                  \
    X(get_nprocs_conf)                                                                             \
    X(sched_getaffinity)                                                                           \
    X(sched_setaffinity)                                                                           \
    X(getcpu)                                                                                      \
    X(sched_getcpu)                                                                                \
    X(pthread_getaffinity_np)                                                                      \
    X(pthread_setaffinity_np)

#ifndef RT_EXPORTS_ONLY
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#endif
#endif
