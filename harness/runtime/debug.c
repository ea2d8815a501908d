/* SPDX-License-Identifier: MIT
 *
 * debug.c -- an execution under a debugger: it waits until one has attached, and calls
 * rt_debug_stop, where the debugger has a breakpoint, when something is to be seen.
 */
#include <fcntl.h>
#include <sys/prctl.h>
#include <time.h>

#include "core.h"
#include "sys.h"

/* Has this process a tracer?  /proc says so in the line "TracerPid:", with 0 for none. */
static bool is_traced(void)
{
    static const char key[] = "TracerPid:\t";
    char text[4096];
    long fd = RT_SYS4(SYS_openat, -100 /* AT_FDCWD */, "/proc/self/status", O_RDONLY, 0);
    long size = fd >= 0 ? RT_SYS3(SYS_read, fd, text, sizeof text - 1) : -1;
    if (fd >= 0) {
        (void)RT_SYS1(SYS_close, fd);
    }
    for (long at = 0; at + (long)sizeof key <= size; at++) {
        uint32_t length = 0;
        while (key[length] != '\0' && text[at + length] == key[length]) {
            length++;
        }
        if (key[length] == '\0') {
            return text[at + length] != '0';
        }
    }
    return false;
}

void rt_debug_await(void)
{
    struct timespec moment = { 0, 5000000 };
    if (rt.control->debug == 0) {
        return;
    }
    rt.debug_step = rt.control->debug_step;
    (void)RT_SYS5(SYS_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    while (!is_traced()) {
        (void)RT_SYS2(SYS_nanosleep, &moment, NULL);
    }
}

__attribute__((noinline)) void rt_debug_stop(void)
{
    __asm__ volatile("");
}
