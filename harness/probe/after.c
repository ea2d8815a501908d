/* SPDX-License-Identifier: MIT
 *
 * after.c -- what the program left: files, sockets, shared memory, processes, ports; and whether it
 * can be started again on top of that.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handlers.h"
#include "running.h"
#include "state.h"
#include "util.h"

typedef void visit_fn(struct run *run, const char *kind, const char *path);

static const char *kind_of(mode_t mode)
{
    return S_ISSOCK(mode)   ? "socket"
           : S_ISFIFO(mode) ? "pipe"
           : S_ISREG(mode)  ? "file"
           : S_ISLNK(mode)  ? "link"
                            : NULL; /* directories, and the marks of deleted files */
}

static void walk(struct run *run, const struct layer *layer, int parent, const char *inside,
                 visit_fn *visit)
{
    int fd =
        openat(parent, *inside ? inside : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[1024], full[1300];
        struct stat status, lower;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        int length =
            snprintf(path, sizeof path, "%s%s%s", inside, *inside ? "/" : "", entry->d_name);
        if (length >= (int)sizeof path ||
            fstatat(layer->upper, path, &status, AT_SYMLINK_NOFOLLOW)) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            walk(run, layer, layer->upper, path, visit);
            continue;
        }
        if (!kind_of(status.st_mode) ||
            (layer->lower >= 0 && fstatat(layer->lower, path, &lower, AT_SYMLINK_NOFOLLOW) == 0)) {
            continue;
        }
        (void)snprintf(full, sizeof full, "%s/%s", layer->path, path);
        visit(run, kind_of(status.st_mode), full);
    }
    (void)closedir(directory);
}

static void walk_memory(struct run *run, visit_fn *visit)
{
    static char table[65536];
    char *save = NULL;
    if (!run->plan->namespaces || read_text("/proc/sysvipc/shm", table, sizeof table) <= 0) {
        return;
    }
    for (char *line = strtok_r(table, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        long key, id;
        unsigned attached;
        char name[64];
        if (sscanf(line, "%ld %ld %*o %*u %*d %*d %u", &key, &id, &attached) == 3) {
            (void)snprintf(name, sizeof name, "key %ld", key);
            visit(run, "shm", name);
        }
    }
}

static void walk_all(struct run *run, visit_fn *visit)
{
    for (int i = 0; i < run->isolation.layers_count; i++) {
        walk(run, &run->isolation.layers[i], run->isolation.layers[i].upper, "", visit);
    }
    walk_memory(run, visit);
}

static uint64_t hash_of(const char *path)
{
    return hash_bytes(HASH_START, path, strlen(path));
}

static void remember(struct run *run, const char *kind, const char *path)
{
    struct snapshot *before = &run->before;
    (void)kind;
    if ((before->count & (before->count - 1)) == 0) {
        before->hashes = xrealloc(before->hashes, (before->count ? 2u * before->count : 1u) *
                                                      sizeof *before->hashes);
    }
    before->hashes[before->count++] = hash_of(path);
}

void snapshot_take(struct run *run)
{
    walk_all(run, remember);
}

static void report_left(struct run *run, const char *kind, const char *path)
{
    struct run_result *result = run->result;
    uint64_t hash = hash_of(path);
    for (uint32_t i = 0; i < run->before.count; i++) {
        if (run->before.hashes[i] == hash) {
            return;
        }
    }
    if (words_match(&run->options->allow_left, path) &&
        !words_match(&run->options->forbid_left, path)) {
        result->left_allowed = true;
        return;
    }
    if (result->left_count < LEFT_MAX) {
        (void)snprintf(result->left[result->left_count], LEFT_BYTES, "%s %s", kind, path);
    }
    result->left_count++;
}

static int program_processes(struct run *run, struct process *out, int max)
{
    int count = state_processes(out, max);
    int kept = 0;
    for (int i = 0; i < count; i++) {
        bool helper = false;
        for (int j = 0; j < run->helpers_count; j++) {
            helper |= out[i].session == run->sessions[j];
        }
        if (!helper && out[i].state != 'Z') {
            out[kept++] = out[i];
        }
    }
    return kept;
}

/* Children have as long as the program had. */
static void look_for_orphans(struct run *run)
{
    static struct process processes[PROCESSES_MAX];
    struct run_result *result = run->result;
    unsigned from_tick = handlers_ticks();
    unsigned limit = (unsigned)(run->options->deadline / TICK_MS) + 1;
    int count;
    for (;;) {
        count = program_processes(run, processes, PROCESSES_MAX);
        if (count == 0 || handlers_ticks() - from_tick > limit) {
            break;
        }
        while (!run_step(run)) {
        }
    }
    result->orphans_count = (uint32_t)count;
    result->still_listening = count && run->plan->namespaces && still_listening();
    for (int i = 0; i < count && i < 8; i++) {
        append(result->orphans, sizeof result->orphans, "%s%s(%d)", i ? " " : "", processes[i].name,
               processes[i].pid);
    }
    if (count) {
        state_dump(run->sessions, run->helpers_count, result->dump, sizeof result->dump);
    }
}

static void trial_failed(struct run *run, struct trial *trial, const char *what)
{
    trial->end = TRIAL_BAD;
    (void)snprintf(trial->text, sizeof trial->text, "%s", what);
    output_tail(run, trial->output, sizeof trial->output);
}

static void run_check(struct run *run, const char *when)
{
    struct trial *check = &run->result->check;
    if (!run->options->check || check->end == TRIAL_BAD) {
        return;
    }
    (void)setenv("CURFEW_WHEN", when, 1);
    if (helper_wait(run, run->options->check)) {
        check->end = TRIAL_GOOD;
    } else {
        char what[64];
        (void)snprintf(what, sizeof what, "--check failed after the %s", when);
        trial_failed(run, check, what);
    }
}

/* Starts the program once more and waits until it is ready, and a moment more. */
static void try_restart(struct run *run)
{
    struct run_result *result = run->result;
    uint64_t limit = now_ns() + (uint64_t)run->options->start * 1000000u;
    uint64_t stay_ns = result->ready_ns > 200000000u ? result->ready_ns : 200000000u;
    uint64_t ready_at = 0;
    char text[64];
    (void)!ftruncate(run->output, 0);
    run->output_trimmed = 0;
    run->main_ended = false;
    run->quiet_ticks = 0;
    if (program_start(run, false)) {
        trial_failed(run, &result->restart, "cannot execute it again");
        return;
    }
    run->ready_helper = -1;
    while (now_ns() < limit) {
        if (!run_step(run)) {
            continue;
        }
        if (run->main_ended &&
            !(run->main_status == 0 && (run->plan->daemonises || result->daemonises))) {
            bool killed = WIFSIGNALED(run->main_status);
            (void)snprintf(text, sizeof text, "%s %d", killed ? "died by signal" : "exit status",
                           killed ? WTERMSIG(run->main_status) : WEXITSTATUS(run->main_status));
            trial_failed(run, &result->restart, text);
            return;
        }
        bool ready = run->options->ready.count ? ready_now(run) : true;
        if (ready && !ready_at) {
            ready_at = now_ns();
        }
        if (ready_at && now_ns() - ready_at > stay_ns) {
            result->restart.end = TRIAL_GOOD;
            return;
        }
    }
    trial_failed(run, &result->restart, "not ready in time");
}

static void end_workload(struct run *run)
{
    if (run->workload < 0) {
        return;
    }
    const struct helper *helper = &run->helpers[run->workload];
    if (!helper->ended) {
        (void)kill(-helper->pid, SIGKILL);
    } else if (helper->wait_status != 0) {
        trial_failed(run, &run->result->workload, "--workload failed");
    }
}

void after_look(struct run *run)
{
    struct run_result *result = run->result;
    tracer_release(&run->tracer);
    look_for_orphans(run);
    walk_all(run, report_left);
    output_tail(run, result->output, sizeof result->output);
    end_workload(run);
    run_check(run, "end");
    bool died_early = result->early && WIFSIGNALED(run->main_status);
    bool left = result->left_count || result->left_allowed || result->orphans_count;
    if (run->plan->must_restart || (died_early && left)) {
        try_restart(run);
        if (result->restart.end == TRIAL_GOOD) {
            run_check(run, "restart");
        }
    }
}
