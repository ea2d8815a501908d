/* SPDX-License-Identifier: MIT
 *
 * ops.h -- every kind of step that a trace can hold: the one table.
 *
 * The position in the table goes into trace hashes: add at the end, never reorder.
 * X(NAME, word, PROGRESS): PROGRESS is 0 for what only looks (a thread that does nothing else
 * spins), 1 for what may let another thread go on, 2 for what says afterwards which of the two it
 * was.
 */
#ifndef RT_OPS_H
#define RT_OPS_H

#define RT_OPS(X)                                                                                  \
    X(NONE, "none", 1)                                                                             \
    X(START, "thread starts", 1)                                                                   \
    X(END, "thread ends", 1)                                                                       \
    X(EXIT, "exit", 1)                                                                             \
    X(CLOCK, "clock moves on", 1)                                                                  \
    X(CREATE, "pthread_create", 1)                                                                 \
    X(JOIN, "pthread_join", 1)                                                                     \
    X(TRYJOIN, "pthread_tryjoin_np", 2)                                                            \
    X(DETACH, "pthread_detach", 1)                                                                 \
    X(THREAD_EXIT, "pthread_exit", 1)                                                              \
    X(CANCEL, "pthread_cancel", 1)                                                                 \
    X(TESTCANCEL, "pthread_testcancel", 0)                                                         \
    X(CANCELSTATE, "pthread_setcancelstate", 1)                                                    \
    X(CANCELLED, "thread is cancelled", 1)                                                         \
    X(YIELD, "sched_yield", 0)                                                                     \
    X(MUTEX_INIT, "pthread_mutex_init", 1)                                                         \
    X(MUTEX_DESTROY, "pthread_mutex_destroy", 1)                                                   \
    X(MUTEX_LOCK, "pthread_mutex_lock", 1)                                                         \
    X(MUTEX_TRYLOCK, "pthread_mutex_trylock", 2)                                                   \
    X(MUTEX_TIMEDLOCK, "pthread_mutex_timedlock", 1)                                               \
    X(MUTEX_UNLOCK, "pthread_mutex_unlock", 1)                                                     \
    X(COND_INIT, "pthread_cond_init", 1)                                                           \
    X(COND_DESTROY, "pthread_cond_destroy", 1)                                                     \
    X(COND_WAIT, "pthread_cond_wait", 1)                                                           \
    X(COND_TIMEDWAIT, "pthread_cond_timedwait", 1)                                                 \
    X(COND_RELOCK, "mutex again after condition", 1)                                               \
    X(COND_SIGNAL, "pthread_cond_signal", 1)                                                       \
    X(COND_BROADCAST, "pthread_cond_broadcast", 1)                                                 \
    X(SEM_INIT, "sem_init", 1)                                                                     \
    X(SEM_DESTROY, "sem_destroy", 1)                                                               \
    X(SEM_WAIT, "sem_wait", 1)                                                                     \
    X(SEM_TRYWAIT, "sem_trywait", 2)                                                               \
    X(SEM_TIMEDWAIT, "sem_timedwait", 1)                                                           \
    X(SEM_POST, "sem_post", 1)                                                                     \
    X(SEM_GETVALUE, "sem_getvalue", 0)                                                             \
    X(SEM_OPEN, "sem_open", 1)                                                                     \
    X(RWLOCK_INIT, "pthread_rwlock_init", 1)                                                       \
    X(RWLOCK_DESTROY, "pthread_rwlock_destroy", 1)                                                 \
    X(RWLOCK_RDLOCK, "pthread_rwlock_rdlock", 1)                                                   \
    X(RWLOCK_WRLOCK, "pthread_rwlock_wrlock", 1)                                                   \
    X(RWLOCK_TRYRDLOCK, "pthread_rwlock_tryrdlock", 2)                                             \
    X(RWLOCK_TRYWRLOCK, "pthread_rwlock_trywrlock", 2)                                             \
    X(RWLOCK_UNLOCK, "pthread_rwlock_unlock", 1)                                                   \
    X(SPIN_INIT, "pthread_spin_init", 1)                                                           \
    X(SPIN_DESTROY, "pthread_spin_destroy", 1)                                                     \
    X(SPIN_LOCK, "pthread_spin_lock", 1)                                                           \
    X(SPIN_TRYLOCK, "pthread_spin_trylock", 2)                                                     \
    X(SPIN_UNLOCK, "pthread_spin_unlock", 1)                                                       \
    X(BARRIER_INIT, "pthread_barrier_init", 1)                                                     \
    X(BARRIER_DESTROY, "pthread_barrier_destroy", 1)                                               \
    X(BARRIER_WAIT, "pthread_barrier_wait", 1)                                                     \
    X(ONCE, "pthread_once", 1)                                                                     \
    X(GUARD, "static initialisation", 1)                                                           \
    X(FUTEX_WAIT, "futex wait", 1)                                                                 \
    X(FUTEX_WAKE, "futex wake", 1)                                                                 \
    X(FUTEX_REQUEUE, "futex requeue", 1)                                                           \
    X(SLEEP, "sleep", 1)                                                                           \
    X(CLOCK_READ, "clock_gettime", 0)                                                              \
    X(ATOMIC_LOAD, "atomic load", 0)                                                               \
    X(ATOMIC_STORE, "atomic store", 1)                                                             \
    X(ATOMIC_RMW, "atomic read-modify-write", 2)                                                   \
    X(ATOMIC_CAS, "atomic compare-exchange", 2)                                                    \
    X(ATOMIC_FENCE, "atomic fence", 0)                                                             \
    X(VOLATILE_READ, "volatile read", 0)                                                           \
    X(VOLATILE_WRITE, "volatile write", 1)                                                         \
    X(ACCESS_READ, "plain read", 0)                                                                \
    X(ACCESS_WRITE, "plain write", 1)                                                              \
    X(ACCESS_LOOP, "many plain accesses", 0)                                                       \
    X(POLL, "poll", 2)                                                                             \
    X(READ, "read", 2)                                                                             \
    X(WRITE, "write", 2)                                                                           \
    X(CLOSE, "close", 1)                                                                           \
    X(FORK, "fork", 1)                                                                             \
    X(WAITPID, "waitpid", 1)                                                                       \
    X(TIMEDJOIN, "pthread_timedjoin_np", 1)                                                        \
    X(CHOICE, "choice", 1)                                                                         \
    X(SIGNAL_WAIT, "wait for a signal", 1)                                                         \
    X(SIGNAL_SEND, "send a signal", 1)                                                             \
    X(OPEN, "open", 1)                                                                             \
    X(ACCEPT, "accept", 2)                                                                         \
    X(CONNECT, "connect", 2)                                                                       \
    X(SHUTDOWN, "shutdown", 2)                                                                     \
    X(RECV, "recv", 2)                                                                             \
    X(SEND, "send", 2)                                                                             \
    X(SELECT, "select", 2)                                                                         \
    X(EPOLL, "epoll_wait", 2)                                                                      \
    X(EPOLL_CTL, "epoll_ctl", 1)                                                                   \
    X(DUP, "dup", 1)                                                                               \
    X(FCNTL, "fcntl", 1)                                                                           \
    X(SETSOCKOPT, "setsockopt", 2)                                                                 \
    X(TIMERFD, "timerfd", 1)                                                                       \
    X(SIGNAL, "signal", 1)                                                                         \
    X(SIGNAL_TAKEN, "takes signal", 1)                                                             \
    X(HANDLER, "handler", 1)                                                                       \
    X(HANDLER_END, "handler returns", 1)                                                           \
    X(KILLED, "ends by the default action of", 1)                                                  \
    X(SIGACTION, "sigaction", 1)                                                                   \
    X(SIGMASK, "pthread_sigmask", 1)                                                               \
    X(SIGPENDING, "sigpending", 0)                                                                 \
    X(UNSAFE_CALL, "call in a handler", 1)                                                         \
    X(EXIT_HANDLER, "exit handler", 1)                                                             \
    X(THREAD_HANDLER, "thread_local destructor", 1)                                                \
    X(ABORT, "abort", 1)                                                                           \
    X(SPAWN, "spawn", 1)                                                                           \
    X(EXEC, "exec", 1)                                                                             \
    X(DLOPEN, "dlopen", 1)                                                                         \
    X(DLCLOSE, "dlclose", 1)                                                                       \
    X(SIGNALFD, "signalfd", 1)                                                                     \
    X(TIMER, "timer", 1)                                                                           \
    X(LONGJMP, "longjmp", 1)

enum rt_op {
#define X(name, word, progress) RT_OP_##name,
    RT_OPS(X)
#undef X
        RT_OP_COUNT
};

#endif
