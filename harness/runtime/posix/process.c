/* SPDX-License-Identifier: MIT
 *
 * process.c -- children and other programs: they leave control and run natively.
 *
 * The child of a fork has our memory, and the controller's: it must not take a single step.  So the
 * very first handler of fork in the child, before any of the program's, switches control off.
 */
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "../oracles/oracle.h"
#include "../real.h"
#include "../signals.h"
#include "../sys.h"
#include "timer.h"
#include "wait.h"

#define ARGUMENTS_MAX 4096

extern char **environ;

static void child_leaves(void)
{
    if (rt.on) {
        struct rt_thread *self = rt_self;
        rt.on = false;
        rt_fd_in_child();
        if (self != NULL) {
            rt_signals_in_child(self);
        }
    }
}

void rt_process_begin(void)
{
    (void)pthread_atfork(NULL, NULL, child_leaves);
}

struct rt_thread *rt_process_step(enum rt_op op, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, op, NULL, frame);
        rt_fd_forked();
    }
    return self;
}

/* The parent's books. */
static pid_t child_made(pid_t pid)
{
    rt_child_made(pid);
    return pid;
}

int fork(void)
{
    (void)rt_process_step(RT_OP_FORK, RT_FRAME);
    return child_made(RT_CALL(fork));
}

int __fork(void)
{
    (void)rt_process_step(RT_OP_FORK, RT_FRAME);
    return child_made(RT_CALL(fork));
}

/* A child that shares our memory could not leave control: it gets a copy, as POSIX allows.  Like
 * vfork, _Fork runs no handlers; it is new in glibc 2.34. */
int vfork(void)
{
    int (*plain)(void) = (int (*)(void))rt_libc("_Fork");
    (void)rt_process_step(RT_OP_FORK, RT_FRAME);
    int child = plain != NULL ? plain() : RT_CALL(fork);
    if (child == 0) {
        child_leaves();
    }
    return child_made(child);
}

/* In the kernel every signal is blocked here, and a spawned child would begin so: it gets the mask
 * that the program thinks it has.  `copy` has no resources of its own in glibc. */
static const posix_spawnattr_t *spawn_attributes(const struct rt_thread *self,
                                                 const posix_spawnattr_t *attributes,
                                                 posix_spawnattr_t *copy)
{
    short flags = 0;
    sigset_t mask;
    if (attributes == NULL) {
        (void)posix_spawnattr_init(copy);
    } else {
        *copy = *attributes;
    }
    (void)posix_spawnattr_getflags(copy, &flags);
    if (self == NULL || (flags & POSIX_SPAWN_SETSIGMASK) != 0) {
        return attributes;
    }
    (void)sigemptyset(&mask);
    memcpy(&mask, &self->signals.mask, sizeof self->signals.mask);
    (void)posix_spawnattr_setsigmask(copy, &mask);
    (void)posix_spawnattr_setflags(copy, (short)(flags | POSIX_SPAWN_SETSIGMASK));
    return copy;
}

static int spawned(int error, pid_t child, pid_t *out_pid)
{
    if (error == 0) {
        rt_child_made(child);
        if (out_pid != NULL) {
            *out_pid = child;
        }
    }
    return error;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *restrict actions,
                const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                char *const environment[restrict])
{
    posix_spawnattr_t copy;
    pid_t child = 0;
    struct rt_thread *self = rt_process_step(RT_OP_SPAWN, RT_FRAME);
    attributes = spawn_attributes(self, attributes, &copy);
    int error = RT_CALL(posix_spawn, &child, path, actions, attributes, arguments, environment);
    return spawned(error, child, pid);
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file,
                 const posix_spawn_file_actions_t *restrict actions,
                 const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                 char *const environment[restrict])
{
    posix_spawnattr_t copy;
    pid_t child = 0;
    struct rt_thread *self = rt_process_step(RT_OP_SPAWN, RT_FRAME);
    attributes = spawn_attributes(self, attributes, &copy);
    int error = RT_CALL(posix_spawnp, &child, file, actions, attributes, arguments, environment);
    return spawned(error, child, pid);
}

/* ---- another program in this process ---- */

/* The call does not return when it succeeds: what is alive then, exec kills.  A forked child takes
 * no step, but is looked at. */
static void exec_begin(void *frame)
{
    struct rt_thread *self = RT_ENTER();
    rt_inherit_exec();
    if (self != NULL) {
        rt_step(self, RT_OP_EXEC, NULL, frame);
        rt.control->threads_alive = rt.live_count - 1;
        (void)rt_signals_kernel_mask(self->signals.mask); /* which the other program gets */
        rt_timers_exec();
    }
}

static int exec_failed(int result)
{
    if (rt.on && !rt.over) {
        rt.control->threads_alive = 0;
        rt_signals_attach();
    }
    return result;
}

int execve(const char *path, char *const arguments[], char *const environment[])
{
    exec_begin(RT_FRAME);
    return exec_failed(RT_CALL(execve, path, arguments, environment));
}

int execv(const char *path, char *const arguments[])
{
    exec_begin(RT_FRAME);
    return exec_failed(RT_CALL(execv, path, arguments));
}

int execvp(const char *file, char *const arguments[])
{
    exec_begin(RT_FRAME);
    return exec_failed(RT_CALL(execvp, file, arguments));
}

int execvpe(const char *file, char *const arguments[], char *const environment[])
{
    exec_begin(RT_FRAME);
    return exec_failed(RT_CALL(execvpe, file, arguments, environment));
}

int execveat(int directory, const char *path, char *const arguments[], char *const environment[],
             int flags)
{
    exec_begin(RT_FRAME);
    return exec_failed(RT_CALL(execveat, directory, path, arguments, environment, flags));
}

int fexecve(int fd, char *const arguments[], char *const environment[])
{
    exec_begin(RT_FRAME);
    return exec_failed(RT_CALL(fexecve, fd, arguments, environment));
}

/* The arguments of the call as an array; with `environment`, what stands behind their end. */
#define EXEC_LIST(real, path, first, environment)                                                  \
    (__extension__({                                                                               \
        char *arguments[ARGUMENTS_MAX];                                                            \
        va_list rest;                                                                              \
        int count = 0;                                                                             \
        arguments[0] = (char *)(uintptr_t)(first);                                                 \
        va_start(rest, first);                                                                     \
        while (arguments[count] != NULL && count + 1 < ARGUMENTS_MAX) {                            \
            arguments[++count] = va_arg(rest, char *);                                             \
        }                                                                                          \
        char **behind = (environment) ? va_arg(rest, char **) : environ;                           \
        va_end(rest);                                                                              \
        exec_begin(RT_FRAME);                                                                      \
        if (arguments[count] != NULL) {                                                            \
            errno = E2BIG;                                                                         \
        }                                                                                          \
        exec_failed(arguments[count] != NULL ? -1 : RT_CALL(real, path, arguments, behind));       \
    }))

int execl(const char *path, const char *first, ...)
{
    return EXEC_LIST(execve, path, first, false);
}

int execle(const char *path, const char *first, ...)
{
    return EXEC_LIST(execve, path, first, true);
}

int execlp(const char *file, const char *first, ...)
{
    return EXEC_LIST(execvpe, file, first, false);
}
