/* SPDX-License-Identifier: MIT
 *
 * tool.c -- starts, feeds and bounds a helper program.
 */
#include "tool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "curfew/base.h"
#include "launch.h"

extern char **environ;

/* A file in memory that holds `input`, at its beginning. */
static int input_open(const char *input)
{
    int fd = memfd_create("curfew-input", MFD_CLOEXEC);
    size_t size = strlen(input);
    if (fd >= 0 && (write(fd, input, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

int tool_start(struct tool *tool, char *const *argv, const char *input, uint64_t deadline_ns)
{
    struct launch launch = { .path = argv[0], .argv = argv, .envp = environ, .ledger_fd = -1 };
    bool at_exec;
    *tool = (struct tool)TOOL_INIT;
    launch.stdin_fd = input != NULL ? input_open(input) : -1;
    int status = input != NULL && launch.stdin_fd < 0 ? -errno : 0;
    if (status == 0) {
        status = capture_open(&tool->output, &launch.output_fd);
    }
    if (status == 0) {
        status = launch_process(&launch, &tool->pid, &tool->pidfd, &at_exec);
        (void)close(launch.output_fd);
    }
    if (launch.stdin_fd >= 0) {
        (void)close(launch.stdin_fd);
    }
    if (status != 0) {
        capture_fini(&tool->output);
        *tool = (struct tool)TOOL_INIT;
        return status;
    }
    tool->deadline_ns = deadline_ns;
    return 0;
}

bool tool_advance(struct tool *tool)
{
    if (tool->pid == 0) {
        return true;
    }
    capture_read(&tool->output);
    if (curfew_deadline_after(0) >= tool->deadline_ns) {
        (void)kill(tool->pid, SIGKILL);
    }
    if (waitpid(tool->pid, &tool->wait_status, WNOHANG) != tool->pid) {
        return false;
    }
    capture_read(&tool->output); /* What it wrote last. */
    (void)close(tool->pidfd);
    tool->pid = 0;
    tool->pidfd = -1;
    return true;
}

void tool_wait(struct tool *tool)
{
    struct pollfd fds[2];
    while (!tool_advance(tool)) {
        uint64_t now_ns = curfew_deadline_after(0);
        uint64_t left_ns = tool->deadline_ns > now_ns ? tool->deadline_ns - now_ns : 0;
        (void)poll(fds, tool_pollfds(tool, fds), (int)(left_ns / 1000000u) + 1);
    }
}

unsigned tool_pollfds(const struct tool *tool, struct pollfd *fds)
{
    unsigned count = 0;
    if (tool->pidfd >= 0) {
        fds[count++] = (struct pollfd){ .fd = tool->pidfd, .events = POLLIN };
        if (tool->output.fd >= 0) {
            fds[count++] = (struct pollfd){ .fd = tool->output.fd, .events = POLLIN };
        }
    }
    return count;
}

void tool_fini(struct tool *tool)
{
    if (tool->pid > 0) {
        (void)kill(tool->pid, SIGKILL);
        while (waitpid(tool->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        (void)close(tool->pidfd);
    }
    capture_fini(&tool->output);
    *tool = (struct tool)TOOL_INIT;
}
