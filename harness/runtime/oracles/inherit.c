/* SPDX-License-Identifier: MIT
 *
 * inherit.c -- what a child of the program passes on when it executes another one: looked at in the
 * child, which is out of control, just before.
 *
 * Blocked and ignored signals survive exec, and so does a descriptor without FD_CLOEXEC.  The first
 * three are meant to be passed on.  What the program itself got from its own parent does not count.
 */
#include <fcntl.h>
#include <signal.h>

#include "../sys.h"
#include "oracle.h"

#define SIGNALS_LAST 64
#define DESCRIPTORS_MAX 256

struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

static uint64_t blocked_first; /* read-only after rt_inherit_start */
static uint64_t ignored_first;
static uint8_t open_first[DESCRIPTORS_MAX];

static uint64_t blocked_now(void)
{
    uint64_t mask = 0;
    (void)RT_SYS4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    return mask;
}

static uint64_t ignored_now(void)
{
    uint64_t ignored = 0;
    for (int signo = 1; signo <= SIGNALS_LAST; signo++) {
        struct kernel_action action = { 0 };
        (void)RT_SYS4(SYS_rt_sigaction, signo, NULL, &action, sizeof action.mask);
        if (action.handler == (void *)SIG_IGN) {
            ignored |= UINT64_C(1) << (signo - 1);
        }
    }
    return ignored;
}

/* Open, and stays so over exec. */
static bool is_passed_on(int fd)
{
    long flags = RT_SYS2(SYS_fcntl, fd, F_GETFD);
    return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

void rt_inherit_start(void)
{
    blocked_first = blocked_now();
    ignored_first = ignored_now();
    for (int fd = 3; fd < DESCRIPTORS_MAX; fd++) {
        open_first[fd] = is_passed_on(fd);
    }
}

void rt_inherit_exec(void)
{
    if (rt.control == NULL || rt.pid == 0 || RT_SYS0(SYS_getpid) == rt.pid) {
        return; /* not a child of an execution */
    }
    if ((blocked_now() & ~blocked_first) != 0) {
        rt.control->inherited |= RT_INHERITED_BLOCKED;
    }
    if ((ignored_now() & ~ignored_first) != 0) {
        rt.control->inherited |= RT_INHERITED_IGNORED;
    }
    for (int fd = 3; fd < DESCRIPTORS_MAX; fd++) {
        if (open_first[fd] == 0 && is_passed_on(fd)) {
            rt.control->inherited |= RT_INHERITED_DESCRIPTOR;
        }
    }
}
