/* SPDX-License-Identifier: MIT
 *
 * timerfd.h -- the intercepted calls about timerfds, which run on virtual time.
 */
#ifndef RT_POSIX_TIMERFD_H
#define RT_POSIX_TIMERFD_H

#define RT_TIMERFD_CALLS(X)                                                                        \
    X(timerfd_create)                                                                              \
    X(timerfd_settime)                                                                             \
    X(timerfd_gettime)

#ifndef RT_EXPORTS_ONLY
#include <stdbool.h>
#include <stdint.h>
#include <sys/timerfd.h>

/* The next time at which one becomes readable; RT_NO_DEADLINE: none will. */
uint64_t rt_timerfd_next(void);
/* Makes readable those whose time has come.  True: there were some; nobody is woken. */
bool rt_timerfd_refresh(void);
/* A descriptor of this timer was closed. */
void rt_timerfd_closed(uint16_t timer);
#endif
#endif
