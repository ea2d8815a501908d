/* SPDX-License-Identifier: MIT
 *
 * children.c -- processes that an execution left behind, seen by its fork server: it adopts them.
 *
 * Whether such a child has ended meanwhile depends on the machine, so both count: nobody waited for
 * it.  None survives into the next execution.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../sys.h"
#include "oracle.h"

#define WAIT_ALL 0x40000000 /* __WALL */

void rt_children_adopt(void)
{
    (void)RT_SYS5(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* Kills those that the kernel lists.  False: it lists none. */
static bool children_kill(void)
{
    char text[4096];
    int32_t pid = 0;
    bool found = false;
    long fd = RT_SYS4(SYS_openat, -100 /* AT_FDCWD */, "/proc/thread-self/children", 0, 0);
    long size = fd >= 0 ? RT_SYS3(SYS_read, fd, text, sizeof text) : 0;
    if (fd >= 0) {
        (void)RT_SYS1(SYS_close, fd);
    }
    for (long at = 0; at < size; at++) {
        if (text[at] >= '0' && text[at] <= '9') {
            pid = pid * 10 + (text[at] - '0');
        } else if (pid > 0) {
            found = RT_SYS2(SYS_kill, pid, SIGKILL) == 0 || found;
            pid = 0;
        }
    }
    return found;
}

void rt_children_end(void)
{
    for (;;) {
        long pid = RT_SYS4(SYS_wait4, -1, NULL, WNOHANG | WAIT_ALL, NULL);
        if (pid == 0) {
            if (!children_kill()) {
                return;
            }
            pid = RT_SYS4(SYS_wait4, -1, NULL, WAIT_ALL, NULL);
        }
        if (pid <= 0) {
            return;
        }
        rt.control->children_left++;
    }
}
