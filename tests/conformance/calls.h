/* SPDX-License-Identifier: MIT
 *
 * calls.h -- the blocking calls that are compared: name, family of objects, traits.
 */
#ifndef CONFORMANCE_CALLS_H
#define CONFORMANCE_CALLS_H

#include "row.h"

#define CALLS_SYNC(X)                                                                              \
    X(pthread_cond_wait, cond, NUMBER)                                                             \
    X(pthread_cond_timedwait, cond, NUMBER | TIMED)                                                \
    X(pthread_cond_clockwait, cond, NUMBER | TIMED)                                                \
    X(pthread_mutex_lock, mutex, NUMBER)                                                           \
    X(pthread_mutex_timedlock, mutex, NUMBER | TIMED)                                              \
    X(pthread_mutex_clocklock, mutex, NUMBER | TIMED)                                              \
    X(pthread_rwlock_rdlock, rwlock, NUMBER)                                                       \
    X(pthread_rwlock_timedrdlock, rwlock, NUMBER | TIMED)                                          \
    X(pthread_rwlock_clockrdlock, rwlock, NUMBER | TIMED)                                          \
    X(pthread_rwlock_wrlock, rwlock, NUMBER)                                                       \
    X(pthread_rwlock_timedwrlock, rwlock, NUMBER | TIMED)                                          \
    X(pthread_rwlock_clockwrlock, rwlock, NUMBER | TIMED)                                          \
    X(pthread_barrier_wait, barrier, 0)                                                            \
    X(pthread_once, once, NUMBER)                                                                  \
    X(pthread_join, join, NUMBER)                                                                  \
    X(pthread_timedjoin_np, join, NUMBER | TIMED)                                                  \
    X(pthread_clockjoin_np, join, NUMBER | TIMED)                                                  \
    X(sem_wait, sem, SAFE_WAKE)                                                                    \
    X(sem_timedwait, sem, SAFE_WAKE | TIMED)                                                       \
    X(sem_clockwait, sem, SAFE_WAKE | TIMED)                                                       \
    X(mtx_lock, c11_mutex, 0)                                                                      \
    X(mtx_timedlock, c11_mutex, TIMED)                                                             \
    X(cnd_wait, c11_cond, 0)                                                                       \
    X(cnd_timedwait, c11_cond, TIMED)                                                              \
    X(thrd_join, join, 0)                                                                          \
    X(futex_wait, futex, SAFE_WAKE)                                                                \
    X(futex_wait_timed, futex, SAFE_WAKE | TIMED)                                                  \
    X(futex_wait_bitset, futex, SAFE_WAKE)                                                         \
    X(futex_wait_bitset_timed, futex, SAFE_WAKE | TIMED)

#define CALLS_TIME(X)                                                                              \
    X(nanosleep, none, TIMED)                                                                      \
    X(clock_nanosleep, none, TIMED | NUMBER)                                                       \
    X(clock_nanosleep_abstime, none, TIMED | NUMBER)                                               \
    X(usleep, none, TIMED)                                                                         \
    X(sleep, none, 0)                                                                              \
    X(thrd_sleep, none, TIMED)                                                                     \
    X(pause, none, HANDLED)                                                                        \
    X(sigsuspend, none, HANDLED | LETS_IN)                                                         \
    X(sigwait, accepting, NUMBER | ACCEPTS)                                                        \
    X(sigwaitinfo, accepting, ACCEPTS)                                                             \
    X(sigtimedwait, accepting, ACCEPTS | TIMED)

#define CALLS_FD(X)                                                                                \
    X(read, pipe_in, FD | PEER | SAFE_WAKE)                                                        \
    X(readv, pipe_in, FD | PEER | SAFE_WAKE)                                                       \
    X(write, pipe_out, FD | PEER | SAFE_WAKE)                                                      \
    X(writev, pipe_out, FD | PEER | SAFE_WAKE)                                                     \
    X(write_large, pipe_empty, FD | PEER)                                                          \
    X(read_eventfd, event_in, FD | SAFE_WAKE)                                                      \
    X(eventfd_read, event_in, FD | SAFE_WAKE)                                                      \
    X(eventfd_write, event_out, FD | SAFE_WAKE)                                                    \
    X(read_timerfd, timer_in, FD)                                                                  \
    X(read_signalfd, signal_in, FD | ACCEPTS)                                                      \
    X(readv_signalfd, signal_in, FD | ACCEPTS)                                                     \
    X(recv, socket_in, FD | PEER | SOCKET | SAFE_WAKE)                                             \
    X(recv_timeout, socket_in, FD | PEER | SOCKET | SAFE_WAKE | TIMED)                             \
    X(recv_waitall, socket_in, FD | PEER | SOCKET)                                                 \
    X(recvfrom, socket_in, FD | PEER | SOCKET | SAFE_WAKE)                                         \
    X(recvmsg, socket_in, FD | PEER | SOCKET | SAFE_WAKE)                                          \
    X(recvmmsg, socket_in, FD | PEER | SOCKET | SAFE_WAKE)                                         \
    X(read_socket, socket_in, FD | PEER | SOCKET | SAFE_WAKE)                                      \
    X(send, socket_out, FD | PEER | SOCKET | SAFE_WAKE)                                            \
    X(send_timeout, socket_out, FD | PEER | SOCKET | SAFE_WAKE | TIMED)                            \
    X(send_large, socket_empty, FD | PEER | SOCKET)                                                \
    X(sendto, socket_out, FD | PEER | SOCKET | SAFE_WAKE)                                          \
    X(sendmsg, socket_out, FD | PEER | SOCKET | SAFE_WAKE)                                         \
    X(sendmmsg, socket_out, FD | PEER | SOCKET | SAFE_WAKE)                                        \
    X(write_socket, socket_out, FD | PEER | SOCKET | SAFE_WAKE)                                    \
    X(accept, listening, FD | SOCKET | MAKES_FD)                                                   \
    X(accept4, listening, FD | SOCKET | MAKES_FD)                                                  \
    X(connect, connecting, FD)

#define CALLS_POLL(X)                                                                              \
    X(poll, pipe_in, FD | PEER | SAFE_WAKE | TIMED | READY)                                        \
    X(ppoll, pipe_in, FD | PEER | SAFE_WAKE | TIMED | LETS_IN | READY)                             \
    X(select, pipe_in, FD | PEER | SAFE_WAKE | TIMED | READY)                                      \
    X(pselect, pipe_in, FD | PEER | SAFE_WAKE | TIMED | LETS_IN | READY)                           \
    X(epoll_wait, epoll_in, FD | PEER | SAFE_WAKE | TIMED | READY)                                 \
    X(epoll_pwait, epoll_in, FD | PEER | SAFE_WAKE | TIMED | LETS_IN | READY)                      \
    X(epoll_pwait2, epoll_in, FD | PEER | SAFE_WAKE | TIMED | LETS_IN | READY)                     \
    X(poll_forever, pipe_in, FD | PEER | SAFE_WAKE | READY)                                        \
    X(select_forever, pipe_in, FD | PEER | SAFE_WAKE | READY)                                      \
    X(epoll_wait_forever, epoll_in, FD | PEER | SAFE_WAKE | READY)

#define CALLS(X)                                                                                   \
    CALLS_SYNC(X)                                                                                  \
    CALLS_TIME(X)                                                                                  \
    CALLS_FD(X)                                                                                    \
    CALLS_POLL(X)

#define FAMILIES(X)                                                                                \
    X(none)                                                                                        \
    X(accepting)                                                                                   \
    X(cond)                                                                                        \
    X(mutex)                                                                                       \
    X(rwlock)                                                                                      \
    X(barrier)                                                                                     \
    X(once)                                                                                        \
    X(join)                                                                                        \
    X(sem)                                                                                         \
    X(c11_mutex)                                                                                   \
    X(c11_cond)                                                                                    \
    X(futex)                                                                                       \
    X(pipe_in)                                                                                     \
    X(pipe_out)                                                                                    \
    X(pipe_empty)                                                                                  \
    X(event_in)                                                                                    \
    X(event_out)                                                                                   \
    X(timer_in)                                                                                    \
    X(signal_in)                                                                                   \
    X(socket_in)                                                                                   \
    X(socket_out)                                                                                  \
    X(socket_empty)                                                                                \
    X(listening)                                                                                   \
    X(connecting)                                                                                  \
    X(epoll_in)

#define X(name) extern const struct family family_##name;
FAMILIES(X)
#undef X
#define X(name, family, traits) long perform_##name(struct row *row);
CALLS(X)
#undef X

#endif
