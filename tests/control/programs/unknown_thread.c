/* SPDX-License-Identifier: MIT
 *
 * A thread that was not started by pthread_create lives when BAD.
 */
#include "common.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#ifdef BAD
static int stranger(void *unused)
{
    (void)unused;
    for (;;) {
        __asm__ volatile("syscall" : : "a"(SYS_pause) : "rcx", "r11", "memory");
    }
}
#endif

int main(void)
{
#ifdef BAD
    static char stack[65536] __attribute__((aligned(16)));
    MUST(clone(stranger, stack + sizeof stack,
               CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
               NULL) > 0);
#endif
    return 0;
}
