/* SPDX-License-Identifier: MIT
 *
 * ready.c -- whether the program is ready, seen from outside.
 *
 * Connecting would change the program, so ports are looked up in the kernel's socket tables.
 */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "running.h"
#include "util.h"

#define TCP_LISTEN 0x0a
#define UDP_BOUND 0x07

static char table[1 << 18];

/* Whether a socket in the given state is bound to the port; port 0 is any. */
static bool port_bound(const char *path, unsigned port, unsigned state)
{
    char *save = NULL;
    if (read_text(path, table, sizeof table) <= 0) {
        return false;
    }
    for (char *line = strtok_r(table, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        unsigned local_port, line_state;
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &local_port, &line_state) ==
                2 &&
            line_state == state && (port == 0 || local_port == port)) {
            return true;
        }
    }
    return false;
}

static bool unix_bound(const char *wanted)
{
    char *save = NULL;
    if (read_text("/proc/net/unix", table, sizeof table) <= 0) {
        return false;
    }
    for (char *line = strtok_r(table, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        unsigned flags, type;
        char path[256];
        /* A stream socket must be listening; a datagram socket cannot. */
        if (sscanf(line, "%*[^:]: %*x %*x %x %x %*x %*u %255s", &flags, &type, path) == 3 &&
            strcmp(path, wanted) == 0 && ((flags & 0x10000u) || type == 2)) {
            return true;
        }
    }
    return false;
}

bool still_listening(void)
{
    return port_bound("/proc/net/tcp", 0, TCP_LISTEN) ||
           port_bound("/proc/net/tcp6", 0, TCP_LISTEN);
}

static bool log_matches(struct run *run, const char *pattern)
{
    regex_t regex;
    bool found = false;
    off_t size = lseek(run->output, 0, SEEK_END);
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE)) {
        return false;
    }
    off_t from = size > (off_t)sizeof table - 1 ? size - (off_t)sizeof table + 1 : 0;
    ssize_t got = pread(run->output, table, sizeof table - 1, from);
    table[got > 0 ? got : 0] = '\0';
    found = regexec(&regex, table, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

/* One attempt at a time; the next begins when it has ended. */
static bool command_succeeds(struct run *run, const char *command)
{
    if (run->ready_helper >= 0 && !run->helpers[run->ready_helper].ended) {
        return false;
    }
    if (run->ready_helper >= 0 && run->helpers[run->ready_helper].wait_status == 0) {
        return true;
    }
    if (run->ready_helper < 0 || run->ticks % 10 == 0) {
        (void)helper_start(run, command);
        run->ready_helper = run->helpers_count - 1;
    }
    return false;
}

static bool condition_holds(struct run *run, const char *condition)
{
    struct stat status;
    const char *value;
    enum ready_kind kind = ready_kind_of(condition, &value);
    unsigned port = (unsigned)atoi(value);
    switch (kind) {
    case READY_TCP:
        return port_bound("/proc/net/tcp", port, TCP_LISTEN) ||
               port_bound("/proc/net/tcp6", port, TCP_LISTEN);
    case READY_UDP:
        return port_bound("/proc/net/udp", port, UDP_BOUND) ||
               port_bound("/proc/net/udp6", port, UDP_BOUND);
    case READY_UNIX:
        return unix_bound(value);
    case READY_FILE:
        return stat(value, &status) == 0;
    case READY_LOG:
        return log_matches(run, value);
    case READY_COMMAND:
        return command_succeeds(run, value);
    case READY_UNKNOWN:
        break;
    }
    return false;
}

bool ready_now(struct run *run)
{
    const struct words *conditions = &run->options->ready;
    if (conditions->count == 0) {
        /* Nothing was said: ready is when nobody has done anything for a tenth of a second. */
        return run->quiet_ticks >= 100 / TICK_MS && all_sleep(run);
    }
    for (size_t i = 0; i < conditions->count; i++) {
        if (!condition_holds(run, conditions->item[i])) {
            return false;
        }
    }
    return true;
}
