/* SPDX-License-Identifier: MIT
 *
 * needs.c -- whether this machine lets programs be probed, found out by trying.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "batch.h"
#include "isolate.h"
#include "probe.h"

bool probe_may_trace(char *out_text)
{
    pid_t child = fork();
    if (child == 0) {
        for (;;) {
            (void)pause();
        }
    }
    bool may = child > 0 && ptrace(PTRACE_SEIZE, child, NULL, PTRACE_O_EXITKILL) == 0;
    (void)snprintf(out_text, 160, "%s", may ? "programs may be traced" : strerror(errno));
    if (child > 0) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, __WALL);
    }
    return may;
}

bool probe_may_isolate(char *out_text)
{
    const char *scratch = scratch_new();
    if (!scratch) {
        (void)snprintf(out_text, 160, "no scratch directory: %s", strerror(errno));
        return false;
    }
    bool may = isolate_permitted(scratch, out_text);
    if (may) {
        (void)snprintf(out_text, 160, "namespaces and an overlay over the root");
    }
    return may;
}
