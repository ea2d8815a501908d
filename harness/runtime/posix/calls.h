/* SPDX-License-Identifier: MIT
 *
 * calls.h -- all names that the runtime defines in front of libc: the sum of the families' tables.
 */
#ifndef RT_POSIX_CALLS_H
#define RT_POSIX_CALLS_H

#include "barrier.h"
#include "c11.h"
#include "cancel.h"
#include "command.h"
#include "cond.h"
#include "exit.h"
#include "fd.h"
#include "fd_open.h"
#include "fd_sock.h"
#include "futex.h"
#include "jump.h"
#include "key.h"
#include "loader.h"
#include "mutex.h"
#include "once.h"
#include "process.h"
#include "random.h"
#include "rwlock.h"
#include "sem.h"
#include "signal.h"
#include "signalfd.h"
#include "spin.h"
#include "system.h"
#include "thread.h"
#include "time.h"
#include "timer.h"
#include "timerfd.h"
#include "wait.h"

#define RT_CALLS(X)                                                                                \
    RT_THREAD_CALLS(X)                                                                             \
    RT_EXIT_CALLS(X)                                                                               \
    RT_PROCESS_CALLS(X)                                                                            \
    RT_CHILD_CALLS(X)                                                                              \
    RT_COMMAND_CALLS(X)                                                                            \
    RT_LOADER_CALLS(X)                                                                             \
    RT_CANCEL_CALLS(X)                                                                             \
    RT_MUTEX_CALLS(X)                                                                              \
    RT_COND_CALLS(X)                                                                               \
    RT_SEM_CALLS(X)                                                                                \
    RT_RWLOCK_CALLS(X)                                                                             \
    RT_SPIN_CALLS(X)                                                                               \
    RT_BARRIER_CALLS(X)                                                                            \
    RT_ONCE_CALLS(X)                                                                               \
    RT_C11_CALLS(X)                                                                                \
    RT_FUTEX_CALLS(X)                                                                              \
    RT_KEY_CALLS(X)                                                                                \
    RT_TIME_CALLS(X)                                                                               \
    RT_SIGNAL_CALLS(X)                                                                             \
    RT_JUMP_CALLS(X)                                                                               \
    RT_FD_CALLS(X)                                                                                 \
    RT_FD_OPEN_CALLS(X)                                                                            \
    RT_SOCKET_CALLS(X)                                                                             \
    RT_SIGNALFD_CALLS(X)                                                                           \
    RT_TIMER_CALLS(X)                                                                              \
    RT_TIMERFD_CALLS(X)                                                                            \
    RT_SYSTEM_CALLS(X)                                                                             \
    RT_RANDOM_CALLS(X)

#endif
