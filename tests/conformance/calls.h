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
    X(pthread_mutex_lock_inherit, mutex_inherit, NUMBER)                                           \
    X(pthread_mutex_lock_robust, mutex_robust, NUMBER)                                             \
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
    X(connect, connecting, FD)                                                                     \
    X(sendfile, socket_out, FD | PEER | SOCKET | SAFE_WAKE)                                        \
    X(recv_dgram, dgram_in, FD | PEER | SOCKET | SAFE_WAKE)                                        \
    X(send_dgram, dgram_out, FD | PEER | SOCKET | SAFE_WAKE)                                       \
    X(recv_tcp, tcp_in, FD | PEER | SOCKET | SAFE_WAKE)                                            \
    X(accept_tcp, tcp_listening, FD | SOCKET | MAKES_FD)                                           \
    X(open_fifo_read, fifo_read, MAKES_FD)                                                         \
    X(open_fifo_write, fifo_write, MAKES_FD)

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
    X(epoll_wait_forever, epoll_in, FD | PEER | SAFE_WAKE | READY)                                 \
    X(epoll_wait_edge, epoll_edge, FD | PEER | SAFE_WAKE | TIMED)                                  \
    X(epoll_wait_added, epoll_added, FD | PEER | TIMED)                                            \
    X(epoll_wait_rearmed, epoll_rearmed, FD | PEER | TIMED)                                        \
    X(epoll_wait_out, epoll_out, FD | PEER | SAFE_WAKE | TIMED)                                    \
    X(poll_out, pipe_out, FD | PEER | SAFE_WAKE | TIMED)                                           \
    X(select_out, pipe_out, FD | PEER | SAFE_WAKE | TIMED)                                         \
    X(poll_socket, socket_in, FD | PEER | SOCKET | SAFE_WAKE | TIMED)                              \
    X(poll_accept, listening, FD | SOCKET | TIMED)                                                 \
    X(poll_timerfd, timer_in, FD | TIMED)                                                          \
    X(poll_signalfd, signal_in, FD | TIMED | ACCEPTS)                                              \
    X(poll_nothing, none, TIMED)                                                                   \
    X(select_nothing, none, TIMED)

#define CALLS_CHILD(X)                                                                             \
    X(wait, child, 0)                                                                              \
    X(waitpid, child, 0)                                                                           \
    X(waitid, child, 0)

#define CALLS(X)                                                                                   \
    CALLS_SYNC(X)                                                                                  \
    CALLS_TIME(X)                                                                                  \
    CALLS_FD(X)                                                                                    \
    CALLS_POLL(X)                                                                                  \
    CALLS_CHILD(X)

#define FAMILIES(X)                                                                                \
    X(none)                                                                                        \
    X(accepting)                                                                                   \
    X(cond)                                                                                        \
    X(mutex)                                                                                       \
    X(mutex_inherit)                                                                               \
    X(mutex_robust)                                                                                \
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
    X(dgram_in)                                                                                    \
    X(dgram_out)                                                                                   \
    X(socket_empty)                                                                                \
    X(listening)                                                                                   \
    X(connecting)                                                                                  \
    X(epoll_in)                                                                                    \
    X(epoll_edge)                                                                                  \
    X(epoll_added)                                                                                 \
    X(epoll_rearmed)                                                                               \
    X(epoll_out)                                                                                   \
    X(tcp_in)                                                                                      \
    X(tcp_listening)                                                                               \
    X(fifo_read)                                                                                   \
    X(fifo_write)                                                                                  \
    X(child)

/* ---- of calls_fd.c, for other families ---- */

/* The descriptor is closed when the row is over. */
void keep(struct row *row, int fd);
void fd_finish(struct row *row);
/* Writes until nothing more fits in. */
void fill(int fd);
/* To row->peer, if it is open. */
void write_byte(struct row *row);
/* Reads from row->peer until the large write has come to its end. */
void drain_all(struct row *row);

#define X(name) extern const struct family family_##name;
FAMILIES(X)
#undef X
#define X(name, family, traits) long perform_##name(struct row *row);
CALLS(X)
#undef X

#endif
