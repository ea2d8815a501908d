/* SPDX-License-Identifier: MIT
 *
 * calls_child.c -- calls that wait for a child, which ends when the row writes it a byte.
 *
 * No handler wakes these: natively the handler's end and the child's race for the call.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "calls.h"

#define CHILD_STATUS 5

static void child_prepare(struct row *row)
{
    int ends[2];
    char byte;
    OK(pipe2(ends, O_CLOEXEC));
    row->child = fork();
    MUST(row->child >= 0);
    if (row->child == 0) {
        (void)close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 1 ? CHILD_STATUS : 9);
    }
    OK(close(ends[0]));
    row->peer = ends[1];
    row->held = true;
}
static void child_leave(struct row *row)
{
    row->child_waited = row->result >= 0;
}
static void child_wake(struct row *row)
{
    row->held = false;
    MUST(write(row->peer, "", 1) == 1);
}
static void child_finish(struct row *row)
{
    if (row->held) {
        child_wake(row);
    }
    if (!row->child_waited) {
        MUST(waitpid(row->child, NULL, 0) == row->child);
    }
    OK(close(row->peer));
}
const struct family family_child = { child_prepare, NULL, child_leave, child_wake, child_finish };

/* Not the number of the process, which is another each time. */
static long waited_for(struct row *row, pid_t pid, int status)
{
    if (pid > 0) {
        MUST(pid == row->child);
        (void)snprintf(row->got, sizeof row->got, "%s %d", WIFEXITED(status) ? "exit" : "?",
                       WEXITSTATUS(status));
    }
    return pid > 0 ? 1 : pid;
}

long perform_wait(struct row *row)
{
    int status = 0;
    pid_t pid = wait(&status);
    return waited_for(row, pid, status);
}

long perform_waitpid(struct row *row)
{
    int status = 0;
    pid_t pid = waitpid(row->child, &status, 0);
    return waited_for(row, pid, status);
}

long perform_waitid(struct row *row)
{
    siginfo_t info = { .si_signo = 0 };
    int result = waitid(P_PID, (id_t)row->child, &info, WEXITED);
    if (result == 0) {
        MUST(info.si_pid == row->child);
        (void)snprintf(row->got, sizeof row->got, "code %d status %d", info.si_code,
                       info.si_status);
    }
    return result;
}
