/* SPDX-License-Identifier: MIT
 *
 * loop_stranger.c -- in its second round all descriptors become something else, whosever they are;
 * BAD: in the third one a thread is started that pthread_create does not know.
 */
#include <curfew/loop.h>

#include "common.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#define DESCRIPTORS 1024

static int rounds;

static void take_descriptors(void)
{
    int null = open("/dev/null", O_RDONLY);
    MUST(null >= 0);
    for (int fd = null + 1; fd < DESCRIPTORS; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            (void)dup2(null, fd);
        }
    }
    OK(close(null));
}

#ifdef BAD
/* By no function: ThreadSanitizer takes clone for a fork, and what the thread called would use
 * main's thread-local variables. */
static void start_stranger(void)
{
    static char stack[4096] __attribute__((aligned(16)));
    long pid;
    __asm__ volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 2f\n"
        "1:\tmov %[pause], %%eax\n\t"
        "syscall\n\t"
        "jmp 1b\n"
        "2:"
        : "=a"(pid)
        : "a"(SYS_clone), [pause] "i"(SYS_pause), "S"(stack + sizeof stack), "d"(0),
          "D"(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
        : "rcx", "r11", "memory");
    MUST(pid > 0);
}
#endif

int main(void)
{
    CURFEW_LOOP(1)
    {
        rounds++;
        if (rounds == 2) {
            take_descriptors();
        }
#ifdef BAD
        if (rounds == 3) {
            start_stranger();
        }
#endif
    }
    return 0;
}
