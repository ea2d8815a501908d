/* SPDX-License-Identifier: MIT
 *
 * signal.h -- the intercepted calls that wait for a signal, and those that send one.
 */
#ifndef RT_POSIX_SIGNAL_H
#define RT_POSIX_SIGNAL_H

#define RT_SIGNAL_CALLS(X)                                                                         \
    X(sigwait)                                                                                     \
    X(sigwaitinfo)                                                                                 \
    X(sigtimedwait)                                                                                \
    X(sigsuspend)                                                                                  \
    X(pause)                                                                                       \
    X(kill)                                                                                        \
    X(raise)                                                                                       \
    X(pthread_kill)

#ifndef RT_EXPORTS_ONLY
#include <signal.h>
#include <unistd.h>
#endif
#endif
