/* SPDX-License-Identifier: MIT
 *
 * execution_end.c -- finds, names and kills what a program left running, and lists the files it
 * left.
 *
 * We are a subreaper, so what loses its parent becomes our child.  It is known by its session or,
 * after a setsid of its own, by its environment.
 */
#include "execution_end.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "curfew/base.h"
#include "procs.h"
#include "sanitizer.h"
#include "warden.h"

/* A child that was told to end, but not waited for, is not left behind if it ends soon. */
#define GRACE_NS UINT64_C(250000000)
#define LOOK_AGAIN_NS UINT64_C(2000000)
#define NAMES_MAX 16u

bool execution_is_own(const struct surroundings *around, pid_t pid)
{
    bool own = pid == around->warden;
    for (size_t index = 0; index < WARDEN_SESSIONS_MAX && !own; index++) {
        own = around->sessions[index] == pid;
    }
    return own;
}

struct orphans {
    const struct execution *execution;
    const struct surroundings *around;
    bool kill;
    size_t alive;
    FILE *names; /* NULL: not wanted */
};

static bool look_at_child(pid_t pid, void *context)
{
    struct orphans *orphans = context;
    char name[32];
    /* The program itself is still in the table, but waited for: its number may not come back
     * yet. */
    if (execution_is_own(orphans->around, pid) || waitpid(pid, NULL, WNOHANG) == pid) {
        return true;
    }
    if (!procs_belongs(pid, orphans->execution->pid, orphans->execution->notify_address)) {
        /* In the middle of exec it cannot be told whose it is: there is time to look again. */
        orphans->alive += !orphans->kill && procs_is_veiled(pid) ? 1 : 0;
        return true;
    }
    orphans->alive++;
    if (orphans->names != NULL) {
        procs_name(pid, name, sizeof(name));
        (void)fprintf(orphans->names, "%s%s (pid %d)", orphans->alive > 1 ? ", " : "", name,
                      (int)pid);
    }
    if (orphans->kill) {
        (void)kill(pid, SIGKILL);
    }
    return true;
}

void execution_end_begin(struct execution *execution)
{
    execution->state = EXECUTION_LINGERING;
    execution->grace_ns = execution->gave_up ? 0 : curfew_deadline_after(GRACE_NS);
}

static char *close_text(FILE *file, char **text)
{
    if (file == NULL || fclose(file) != 0) {
        free(*text);
        *text = NULL;
    }
    return *text;
}

/* True once no process is left. */
static bool clear_processes(struct execution *execution, const struct surroundings *around)
{
    bool over = curfew_deadline_after(0) >= execution->grace_ns;
    char *names = NULL;
    size_t names_bytes;
    struct orphans orphans = { execution, around, over, 0, NULL };
    if (over && execution->left_processes == NULL) {
        orphans.names = open_memstream(&names, &names_bytes);
    }
    procs_each_child(look_at_child, &orphans);
    if (orphans.names != NULL && close_text(orphans.names, &names) != NULL) {
        if (orphans.alive > 0) {
            execution->left_processes = names;
        } else {
            free(names);
        }
    }
    return orphans.alive == 0;
}

void execution_end_advance(struct execution *execution, const struct surroundings *around)
{
    if (!clear_processes(execution, around)) {
        execution->wake_ns = curfew_deadline_after(LOOK_AGAIN_NS);
        return;
    }
    char *files = NULL;
    size_t files_bytes;
    size_t count = 0;
    FILE *file = open_memstream(&files, &files_bytes);
    sanitizer_tidy(execution->directory, execution->pid);
    if (file != NULL) {
        count = scratch_list(execution->directory, NAMES_MAX, file);
    }
    if (close_text(file, &files) != NULL && count > 0) {
        execution->left_files = files;
    } else {
        free(files);
    }
    execution->report = sanitizer_read(execution->report_path);
    execution->state = EXECUTION_ENDED;
    execution->wake_ns = UINT64_MAX;
}
