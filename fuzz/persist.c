/* SPDX-License-Identifier: MIT
 *
 * persist.c -- how AFL++'s fork server and its persistent target hand over to each other.
 *
 * AFL++'s own runtime stops the target behind each input (SIGSTOP) and lets the server continue it.
 * The kernel then wakes each of the target's threads twice, and the runtime under test has many.
 * Here, the two wait for a word in shared memory instead: the calls by which AFL++'s object does it
 * are renamed to these.  Everything else, and the protocol above all, stays AFL++'s.
 *
 * Called by AFL++'s runtime only, in a process with one thread (server) or on main (target).
 */
#include "persist.h"

#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURN_TARGET, TURN_SERVER, TURN_NONE /* the target has ended */ };

static uint32_t *turn; /* shared by both */

static uint32_t turn_now(void)
{
    return __atomic_load_n(turn, __ATOMIC_ACQUIRE);
}

static void turn_await(uint32_t mine)
{
    uint32_t now;
    while ((now = turn_now()) != mine && now != TURN_NONE) {
        (void)syscall(SYS_futex, turn, FUTEX_WAIT, now, NULL, NULL, 0);
    }
}

/* A target that has ended meanwhile stays so. */
static void turn_give(uint32_t from, uint32_t to)
{
    if (__atomic_compare_exchange_n(turn, &from, to, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
        (void)syscall(SYS_futex, turn, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

/* In the server, whose wait this also interrupts; the changed word lets it not begin anew. */
static void on_child(int signo)
{
    (void)signo;
    __atomic_store_n(turn, TURN_NONE, __ATOMIC_RELEASE);
}

pid_t curfew_fuzz_fork(void)
{
    struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP };
    if (turn == NULL) {
        turn = mmap(NULL, sizeof *turn, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (turn == MAP_FAILED) {
            abort();
        }
    }
    (void)sigaction(SIGCHLD, &action, NULL); /* AFL++'s runtime gives the target the old one back */
    __atomic_store_n(turn, TURN_TARGET, __ATOMIC_RELEASE);
    pid_t server = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != server) {
            _exit(1);
        }
    }
    return pid;
}

/* The target, behind an input. */
int curfew_fuzz_raise(int signo)
{
    if (signo != SIGSTOP) {
        return raise(signo);
    }
    turn_give(TURN_TARGET, TURN_SERVER);
    turn_await(TURN_TARGET);
    return 0;
}

/* The server, with a new input. */
int curfew_fuzz_kill(pid_t pid, int signo)
{
    if (signo != SIGCONT) {
        return kill(pid, signo);
    }
    turn_give(TURN_SERVER, TURN_TARGET);
    return 0;
}

/* The server, until the target is behind an input or has ended. */
pid_t curfew_fuzz_waitpid(pid_t pid, int *out_status, int options)
{
    if ((options & WUNTRACED) != 0) {
        turn_await(TURN_SERVER);
        if (turn_now() == TURN_SERVER) {
            *out_status = SIGSTOP << 8 | 0x7f; /* WIFSTOPPED */
            return pid;
        }
    }
    return waitpid(pid, out_status, options & ~WUNTRACED);
}
