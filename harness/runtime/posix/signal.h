/* SPDX-License-Identifier: MIT
 *
 * signal.h -- the intercepted calls about signals: dispositions, masks, sending, waiting.
 */
#ifndef RT_POSIX_SIGNAL_H
#define RT_POSIX_SIGNAL_H

#define RT_SIGNAL_CALLS(X)                                                                         \
    X(sigaction)                                                                                   \
    X(signal)                                                                                      \
    X(sysv_signal)                                                                                 \
    X(siginterrupt)                                                                                \
    X(sigprocmask)                                                                                 \
    X(pthread_sigmask)                                                                             \
    X(sigpending)                                                                                  \
    X(kill)                                                                                        \
    X(raise)                                                                                       \
    X(pthread_kill)                                                                                \
    X(tgkill)                                                                                      \
    X(sigqueue)                                                                                    \
    X(pthread_sigqueue)                                                                            \
    X(sigwait)                                                                                     \
    X(sigwaitinfo)                                                                                 \
    X(sigtimedwait)                                                                                \
    X(sigsuspend)                                                                                  \
    X(pause)

#ifndef RT_EXPORTS_ONLY
#include <signal.h>
#include <unistd.h>

/* sigaction as a part of another call: no step, and as if the program had made it. */
int rt_signal_action(int signo, const struct sigaction *action, struct sigaction *out_old);
#endif
#endif
