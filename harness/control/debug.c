/* SPDX-License-Identifier: MIT
 *
 * debug.c -- gdb on one execution: its threads are real, so they are looked at as any others.
 *
 * The execution waits until gdb has attached; gdb gets a breakpoint where the runtime has something
 * to show.  What else gdb is to do comes from its standard input, a terminal or not.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

#define END_MS 10000 /* for the execution to end once gdb has let it go */

static void become_gdb(const struct control_session *session, pid_t pid)
{
    char attach[32];
    (void)snprintf(attach, sizeof attach, "%d", (int)pid);
    (void)signal(SIGINT, SIG_DFL);
    /* The runtime delivers signals by sending real ones; 32 and 33 are libc's own. */
    (void)execl(
        session->options.debugger, "gdb", "-q", "-p", attach, "-ex", "set confirm off", "-ex",
        isatty(STDIN_FILENO) ? "set pagination on" : "set pagination off", "-ex",
        "set print thread-events off", "-ex",
        "handle SIGHUP SIGINT SIGQUIT SIGUSR1 SIGUSR2 SIGALRM SIGTERM SIGCHLD SIGPIPE SIG32 "
        "SIG33 nostop noprint pass",
        "-ex", "break rt_debug_stop", "-ex", "continue", (char *)NULL);
    _exit(127);
}

bool control_debug(struct control_session *session, pid_t pid)
{
    struct pollfd report = { session->report_fd, POLLIN, 0 };
    void (*before)(int) = signal(SIGINT, SIG_IGN); /* Ctrl-C is gdb's. */
    pid_t gdb = fork();
    if (gdb == 0) {
        become_gdb(session, pid);
    }
    while (gdb > 0 && waitpid(gdb, NULL, 0) < 0 && errno == EINTR) {
    }
    (void)signal(SIGINT, before);
    if (gdb > 0 && poll(&report, 1, END_MS) == 1) {
        return true;
    }
    (void)kill(pid, SIGKILL);
    return false;
}
