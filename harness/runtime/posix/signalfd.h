/* SPDX-License-Identifier: MIT
 *
 * signalfd.h -- signalfd, which shows virtual signals.
 */
#ifndef RT_POSIX_SIGNALFD_H
#define RT_POSIX_SIGNALFD_H

#define RT_SIGNALFD_CALLS(X) X(signalfd)

#ifndef RT_EXPORTS_ONLY
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "../core.h"

/* What is pending has changed: those become readable, or not, that show it. */
void rt_signalfd_refresh(uint64_t pending);
/* A signal was sent: who waits on one that was readable before may be able to take this one. */
void rt_signalfd_sent(uint64_t bit);
bool rt_signalfd_is(int fd);
/* readv(2) on one, without waiting: signals as they are accepted; -1 and EAGAIN: none. */
ssize_t rt_signalfd_read(struct rt_thread *self, int fd, const struct iovec *data, int count);
/* A descriptor of this one was closed. */
void rt_signalfd_closed(uint16_t number);
#endif
#endif
