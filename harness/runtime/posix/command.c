/* SPDX-License-Identifier: MIT
 *
 * command.c -- commands of the shell.  libc's own calls would give the child the mask that the
 * kernel has, where all is blocked, and would wait for it with the turn in their hand.
 */
#include "command.h"

#include <errno.h>
#include <spawn.h>

#include "../real.h"
#include "../signals.h"
#include "process.h"
#include "signal.h"
#include "wait.h"

extern char **environ;

static uint32_t systems; /* calls of system() under way: the first ignores, the last restores */
static struct sigaction old_int;
static struct sigaction old_quit;

static void systems_begin(void)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    if (systems++ == 0) {
        (void)rt_signal_action(SIGINT, &ignore, &old_int);
        (void)rt_signal_action(SIGQUIT, &ignore, &old_quit);
    }
}

static void systems_end(void)
{
    if (--systems == 0) {
        (void)rt_signal_action(SIGINT, &old_int, NULL);
        (void)rt_signal_action(SIGQUIT, &old_quit, NULL);
    }
}

/* 0, or an errno.  The child has the mask and the dispositions of before the call. */
static int shell_spawn(const char *command, uint64_t mask, pid_t *out_pid)
{
    char shell[] = "sh";
    char option[] = "-c";
    char *arguments[] = { shell, option, (char *)(uintptr_t)command, NULL };
    posix_spawnattr_t attributes;
    sigset_t set;
    sigset_t defaults;
    rt_signals_to(mask, &set);
    rt_signals_to((old_int.sa_handler != SIG_IGN ? RT_SIGNAL_BIT(SIGINT) : 0) |
                      (old_quit.sa_handler != SIG_IGN ? RT_SIGNAL_BIT(SIGQUIT) : 0),
                  &defaults);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &set);
    (void)posix_spawnattr_setsigdefault(&attributes, &defaults);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return RT_REAL(posix_spawn)(out_pid, "/bin/sh", NULL, &attributes, arguments, environ);
}

/* As glibc's, but a call that is cancelled leaves the child alone. */
int system(const char *command)
{
    struct rt_thread *self = rt_process_step(RT_OP_SPAWN, RT_FRAME);
    if (self == NULL) {
        return RT_CALL(system, command);
    }
    uint64_t mask = self->signals.mask;
    int status = 127 << 8; /* as if the shell had ended so */
    pid_t pid = 0;
    systems_begin();
    rt_signals_mask_set(self, mask | RT_SIGNAL_BIT(SIGCHLD));
    int error = shell_spawn(command != NULL ? command : "exit 0", mask, &pid);
    if (error == 0) {
        rt_child_made(pid);
        status = rt_child_await_end(self, pid, RT_FRAME);
        error = status == -1 ? ECHILD : 0;
    }
    systems_end();
    rt_signals_mask_set(self, mask);
    rt_signals_settle(self);
    if (error != 0) {
        errno = error;
    }
    return command != NULL ? status : status == 0;
}

FILE *popen(const char *command, const char *mode)
{
    struct rt_thread *self = rt_process_step(RT_OP_SPAWN, RT_FRAME);
    uint64_t mask = 0;
    if (self != NULL) {
        mask = rt_signals_kernel_mask(self->signals.mask);
    }
    FILE *stream = RT_CALL(popen, command, mode);
    if (self != NULL) {
        (void)rt_signals_kernel_mask(mask);
    }
    return stream;
}

/* NEEDSWORK(pclose): waits for the child for real, for libc does not tell which it is; so a child
 * that waits for another thread of the program is `unsupported`. */
int pclose(FILE *stream)
{
    struct rt_thread *self = rt_process_step(RT_OP_WAITPID, RT_FRAME);
    if (self != NULL) {
        rt.control->outside = 1;
    }
    return RT_CALL(pclose, stream);
}
