/* SPDX-License-Identifier: MIT
 *
 * idle.c -- nobody can go on: does the outside let somebody?  Descriptors that lead there, children
 * that end, and signals that really come from another process.
 */
#include <signal.h>
#include <time.h>

#include "core.h"
#include "posix/fd.h"
#include "posix/wait.h"
#include "signals.h"

/* With a virtual deadline ahead the outside gets at most so long. */
#define PATIENCE_NS UINT64_C(100000000)
/* Descriptors and signals are looked at in turn, where both may come. */
#define SLICE_NS UINT64_C(2000000)

/* A child that has ended has sent SIGCHLD: always in this order, whatever came first. */
static bool look(uint64_t patience_ns)
{
    if (rt_children_look()) {
        (void)rt_signals_adopt(0);
        return true;
    }
    return rt_signals_adopt(patience_ns);
}

bool rt_outside_glance(void)
{
    return rt_fd_shared() && look(0);
}

bool rt_outside_poll(uint64_t patience_ns)
{
    uint64_t waited_ns = 0;
    if (look(0)) {
        return true;
    }
    while (rt_children_awaited()) {
        if (rt_fd_outside_poll(0) || look(SLICE_NS)) {
            return true;
        }
        waited_ns += SLICE_NS;
        if (patience_ns != RT_NO_DEADLINE && waited_ns >= PATIENCE_NS) {
            return false;
        }
    }
    return rt_fd_outside_poll(patience_ns);
}
