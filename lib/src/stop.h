/* SPDX-License-Identifier: MIT
 *
 * stop.h -- what the library's other parts need of a stop beyond the public header.
 */
#ifndef CURFEW_SRC_STOP_H
#define CURFEW_SRC_STOP_H

#include <poll.h>

#include "curfew/stop.h"

/* Makes the descriptors of the stop and its ancestors now, so that a later wait cannot fail for
 * want of one. Errors: -EMFILE, -ENFILE, -ENOMEM. */
int curfew__stop_prepare(struct curfew_stop *stop);

/* Fills fds[0 .. depth) with the descriptors of the stop and its ancestors, to be polled together.
 * Returns the depth, or -EMFILE, -ENFILE, -ENOMEM. */
int curfew__stop_pollfds(struct curfew_stop *stop, struct pollfd fds[CURFEW_STOP_DEPTH_MAX]);

/* The earliest deadline of the stop and its ancestors. */
uint64_t curfew__stop_deadline(const struct curfew_stop *stop);

/* When the stop, or its nearest requested ancestor, was requested; 0: not requested. */
uint64_t curfew__stop_requested_ns(const struct curfew_stop *stop);

#endif
