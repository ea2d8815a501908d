/* SPDX-License-Identifier: MIT
 *
 * launch.h -- starts one process: own session, given descriptors and environment, default signals.
 */
#ifndef CURFEW_REAL_LAUNCH_H
#define CURFEW_REAL_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

struct launch {
    const char *path;      /* the executable, absolute */
    char *const *argv;     /* NULL-terminated */
    char *const *envp;     /* NULL-terminated */
    const char *directory; /* becomes the working directory; NULL: stay */
    int stdin_fd;          /* -1: /dev/null */
    int output_fd;         /* becomes stdout and stderr */
    int ledger_fd;         /* becomes LAUNCH_LEDGER_FD; -1: none */
};

#define LAUNCH_LEDGER_FD 3

/* Starts it.  On return the process has executed the program, so its signal dispositions, as /proc
 * shows them, are the program's own.  It is killed when the calling thread dies.
 *   Owns:    the caller must wait for *out_pid and close *out_pidfd.
 *   Errors:  -EAGAIN, -ENOMEM no process can be had; -EMFILE, -ENFILE; with *out_exec set to true,
 *            what execve says. */
int launch_process(const struct launch *spec, pid_t *out_pid, int *out_pidfd, bool *out_exec);

/* Raises our own limit of open descriptors as far as may be; what is launched has the old one. */
void launch_raise_descriptor_limit(void);

/* Finds a program as the shell does, and checks that it is an executable file.
 *   Owns:    the caller owns *out_path, an absolute path, to be released with free(3).
 *   Errors:  -ENOENT, -EACCES, -EISDIR, -ENOMEM. */
int launch_find(const char *name, char **out_path);

#endif
