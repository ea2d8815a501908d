/* SPDX-License-Identifier: MIT
 *
 * notify.h -- tells a service manager (or a test harness) how far the program is, as sd_notify(3)
 * does.
 *
 * Optional and explicit: the library sends nothing by itself.  STOPPING=1 starts the kill clock of
 * systemd (TimeoutStopSec), so send it when the stop begins, not before.
 * Threads: any.  Signal handlers: none.
 *
 *     (void)curfew_notify("READY=1");
 */
#ifndef CURFEW_NOTIFY_H
#define CURFEW_NOTIFY_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sends `state` ("READY=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC=5000000", lines joined by \n) as one
 * datagram to the Unix socket that $NOTIFY_SOCKET names (a path, or @abstract).
 *   Errors:  0 sent; -ENOENT nobody listens ($NOTIFY_SOCKET is unset); -EINVAL a bad address or
 *            state; else what socket(2) or sendto(2) says.
 *   Source:  sd_notify(3), systemd. */
CURFEW_API int curfew_notify(const char *state);

#ifdef __cplusplus
}
#endif
#endif
