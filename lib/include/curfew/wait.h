/* SPDX-License-Identifier: MIT
 *
 * wait.h -- blocking calls that a stop interrupts, without lost wake-ups.
 *
 * Each returns -ECANCELED once the stop is requested, even when it could have succeeded as well: a
 * busy descriptor or condition must not keep a thread from its stop.  Interrupted system calls are
 * retried, so EINTR is never seen.
 *
 * Threads: any.  Signal handlers: none of these.
 *
 *     pthread_mutex_lock(&q->mu);
 *     while (q->items == NULL && status == 0) {
 *         status = curfew_cond_wait(&q->changed, &q->mu, stop, CURFEW_NO_DEADLINE);
 *     }
 */
#ifndef CURFEW_WAIT_H
#define CURFEW_WAIT_H

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "stop.h"

#ifdef __cplusplus
extern "C" {
#endif

/* pthread_cond_wait that a stop ends.  `mutex` is held by the caller, released while waiting and
 * held again on return, whatever is returned.  Wake-ups may be spurious, as always: loop on the
 * predicate.  Works with the condition's clock whichever it is; `deadline_ns` is CLOCK_MONOTONIC.
 *   Threads: a request never needs the caller's mutex, so a thread that keeps it for long delays
 *            only the waiters of that mutex.
 *   Errors:  0 woken; -ECANCELED stop requested; -ETIMEDOUT; -EPERM the mutex is not the caller's;
 *            -EAGAIN, -EMFILE, -ENFILE, -ENOMEM the service thread could not be started (first
 *            wait). */
CURFEW_API CURFEW_NODISCARD int curfew_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                                 struct curfew_stop *stop, uint64_t deadline_ns);

/* poll(2) that a stop ends; the stop wins over ready descriptors.
 *   Errors:  the number of ready descriptors (> 0); -ECANCELED; -ETIMEDOUT; -EINVAL, -ENOMEM from
 *            poll; -EMFILE, -ENFILE as curfew_stop_wait.  revents are written only for > 0. */
CURFEW_API CURFEW_NODISCARD int curfew_poll(struct pollfd *fds, nfds_t count,
                                            struct curfew_stop *stop, uint64_t deadline_ns);

/* read(2), write(2) and accept4(2) that a stop ends: they poll, then call, and poll again on
 * EAGAIN. A read or write never blocks on a socket, and moves what fits; a write to a blocking pipe
 * moves PIPE_BUF bytes at most.  With several threads reading one pipe, or accepting on one socket,
 * make it O_NONBLOCK, or one of them may block after another took what there was.
 *   Errors:  what the call returns (>= 0), -ECANCELED, -ETIMEDOUT, or the call's negative errno. */
CURFEW_API CURFEW_NODISCARD ssize_t curfew_read(int fd, void *data, size_t size_bytes,
                                                struct curfew_stop *stop, uint64_t deadline_ns);
CURFEW_API CURFEW_NODISCARD ssize_t curfew_write(int fd, const void *data, size_t size_bytes,
                                                 struct curfew_stop *stop, uint64_t deadline_ns);
CURFEW_API CURFEW_NODISCARD int curfew_accept(int fd, struct sockaddr *address,
                                              socklen_t *address_bytes, int flags,
                                              struct curfew_stop *stop, uint64_t deadline_ns);

#ifdef __cplusplus
}
#endif
#endif
