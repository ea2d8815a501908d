/* SPDX-License-Identifier: MIT
 *
 * exec.c -- exec, mostly of a forked child: no step, since the child is out of control.
 */
#include "exec.h"

#include <stdarg.h>

#include "../oracles/oracle.h"
#include "../real.h"

#define ARGUMENTS_MAX 4096

int execve(const char *path, char *const argv[], char *const environment[])
{
    rt_inherit_exec();
    return RT_REAL(execve)(path, argv, environment);
}

int execv(const char *path, char *const argv[])
{
    rt_inherit_exec();
    return RT_REAL(execv)(path, argv);
}

int execvp(const char *file, char *const argv[])
{
    rt_inherit_exec();
    return RT_REAL(execvp)(file, argv);
}

int execvpe(const char *file, char *const argv[], char *const environment[])
{
    rt_inherit_exec();
    return RT_REAL(execvpe)(file, argv, environment);
}

int fexecve(int fd, char *const argv[], char *const environment[])
{
    rt_inherit_exec();
    return RT_REAL(fexecve)(fd, argv, environment);
}

/* The rest of a list of arguments, up to its NULL. */
static void list_take(const char *first, va_list *list, char *argv[ARGUMENTS_MAX])
{
    uint32_t count = 0;
    argv[count++] = (char *)first;
    while (argv[count - 1] != NULL && count < ARGUMENTS_MAX) {
        argv[count++] = va_arg(*list, char *);
    }
    argv[ARGUMENTS_MAX - 1] = NULL;
}

int execl(const char *path, const char *argument, ...)
{
    char *argv[ARGUMENTS_MAX];
    va_list list;
    va_start(list, argument);
    list_take(argument, &list, argv);
    va_end(list);
    return execv(path, argv);
}

int execlp(const char *file, const char *argument, ...)
{
    char *argv[ARGUMENTS_MAX];
    va_list list;
    va_start(list, argument);
    list_take(argument, &list, argv);
    va_end(list);
    return execvp(file, argv);
}

int execle(const char *path, const char *argument, ...)
{
    char *argv[ARGUMENTS_MAX];
    va_list list;
    va_start(list, argument);
    list_take(argument, &list, argv);
    char *const *environment = va_arg(list, char *const *);
    va_end(list);
    return execve(path, argv, environment);
}
