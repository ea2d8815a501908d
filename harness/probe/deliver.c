/* SPDX-License-Identifier: MIT
 *
 * deliver.c -- delivers the signal when the point is reached.
 *
 * A signal for the whole process never goes to a thread that is in a ptrace stop.  So where another
 * thread could take what main would take, main is aimed at by its own id; only there, for a signal
 * of its own stays with main even if main blocks it next, which one for the process does not. After
 * the last signal everybody is let go: a traced program sees EINTR even for signals that it
 * ignores.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "running.h"
#include "state.h"
#include "util.h"

#define HOLD_TICKS_MAX 20

static void note_where(struct run *run, const struct task *task)
{
    struct run_result *result = run->result;
    if (!task) {
        (void)snprintf(result->where, sizeof result->where, "at no particular call");
        return;
    }
    struct site site = { .nr = task->nr };
    places_resolve(run->places, task->tid, task->image, task->address, &site);
    (void)snprintf(result->where, sizeof result->where, "thread %s, %s at %s+0x%lx", task->path,
                   syscall_name(task->nr), site.module, (unsigned long)site.offset);
    if (run->plan->explain) {
        state_stack(task->tgid, task->tid, true, result->stack, sizeof result->stack);
    }
}

/* Sends one signal as the plan says.  Returns the thread that will take it, 0 if that is not known.
 */
static pid_t send_signal(struct run *run, const struct task *task, int signo)
{
    struct masks masks = { 0 };
    enum target target = run->plan->point.target;
    pid_t main_pid = run->main_pid;
    run->signal_ns = now_ns();
    (void)state_masks(main_pid, main_pid, &masks);
    if (target == TARGET_AUTO) {
        bool others = !state_all_block(main_pid, main_pid, signo);
        if (!mask_has(masks.blocked, signo) && !others) {
            (void)kill(main_pid, signo);
            return main_pid;
        }
        target = mask_has(masks.blocked, signo) ? TARGET_PROCESS : TARGET_MAIN;
    }
    switch (target) {
    case TARGET_THREAD:
        if (task) {
            (void)syscall(SYS_tgkill, task->tgid, task->tid, signo);
            return task->tid;
        }
        break;
    case TARGET_MAIN:
        (void)syscall(SYS_tgkill, main_pid, main_pid, signo);
        return main_pid;
    case TARGET_GROUP: {
        pid_t group = getpgid(main_pid);
        if (group > 1 && group != getpgrp()) {
            (void)kill(-group, signo);
            return 0;
        }
        break;
    }
    case TARGET_AUTO:
    case TARGET_PROCESS:
    case TARGET_COUNT:
        break;
    }
    (void)kill(main_pid, signo);
    return 0;
}

/* What the program had arranged for the signal when it came. */
static void note_disposition(struct run *run)
{
    struct run_result *result = run->result;
    struct masks masks = { 0 };
    int signo = run->plan->point.signo;
    if (!state_masks(run->main_pid, run->main_pid, &masks)) {
        return;
    }
    const struct task *main_task = tracer_find(&run->tracer, run->main_pid);
    if (main_task) {
        memcpy(result->main_path, main_task->path, sizeof result->main_path);
        result->launcher_hit =
            run->plan->daemonises && strcmp(run->plan->main_path, main_task->path) != 0;
    }
    result->was_ignored = mask_has(masks.ignored, signo);
    result->was_blocked = state_all_block(run->main_pid, 0, signo);
    result->early =
        !result->was_ignored && !mask_has(masks.caught, signo) && !mask_has(masks.blocked, signo);
    result->too_early = result->early && run->options->pid1 && !run->worked;
    result->calls = run->tracer.stops / 2;
}

void deliver_first(struct run *run, struct task *task)
{
    const struct point *point = &run->plan->point;
    note_where(run, task);
    note_disposition(run);
    pid_t taker = send_signal(run, task, point->signo);
    if (point->second) {
        run->stage = STAGE_BETWEEN;
        return;
    }
    if (point->mode == MODE_BEFORE && task && taker != task->tid) {
        run->stage = STAGE_HOLDING;
        run->held = task->tid;
        return;
    }
    run->stage = STAGE_SENT;
    tracer_release(&run->tracer);
}

static void deliver_second(struct run *run, const struct task *task)
{
    (void)send_signal(run, task, run->plan->point.second);
    run->result->second_sent = true;
    run->stage = STAGE_SENT;
    tracer_release(&run->tracer);
}

static void end_hold(struct run *run)
{
    run->stage = STAGE_SENT;
    tracer_release(&run->tracer);
}

static bool at_point(struct run *run, struct task *task)
{
    const struct point *point = &run->plan->point;
    struct site site = { .nr = task->nr };
    if (run->plan->kind != RUN_POINT || point->mode == MODE_TIME || task->nr != point->site.nr ||
        strcmp(task->path, point->site.path) != 0) {
        return false;
    }
    places_resolve(run->places, task->tid, task->image, task->address, &site);
    return site.offset == point->site.offset && strcmp(site.module, point->site.module) == 0 &&
           ++run->occurrence == point->occurrence;
}

static void enumerate(struct run *run, const struct task *task)
{
    struct site site = { .nr = task->nr };
    memcpy(site.path, task->path, sizeof site.path);
    places_resolve(run->places, task->tid, task->image, task->address, &site);
    sightings_note(&run->sightings, &site, task->previous, run->tracer.stops / 2,
                   !run->result->ready);
}

/* As PID 1 a signal without a handler is dropped.  Nothing can be done about that while the program
 * is being loaded, and little before the call that installs the handler; whatever else comes first
 * is the program's choice. */
static void note_work(struct run *run, const struct task *task)
{
    static const int32_t beginning[] = {
        SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_prlimit64,       SYS_getrandom,
        SYS_brk,          SYS_arch_prctl,     SYS_set_tid_address, SYS_set_robust_list,
        SYS_rseq,         SYS_mprotect,       SYS_readlinkat
    };
    struct site site;
    for (size_t i = 0; i < sizeof beginning / sizeof *beginning; i++) {
        if (task->nr == beginning[i]) {
            return;
        }
    }
    places_resolve(run->places, task->tid, task->image, task->address, &site);
    run->worked = strncmp(site.module, "ld-linux", 8) != 0;
}

static enum action armed_entry(struct run *run, struct task *task)
{
    if (run->options->pid1 && !run->worked) {
        note_work(run, task);
    }
    if (run->plan->kind == RUN_BASELINE && !run->plan->sightings) {
        return ACTION_GO; /* only the end matters */
    }
    if (run->plan->kind == RUN_BASELINE) {
        enumerate(run, task);
        return ACTION_GO;
    }
    if (run->exit_awaited || !at_point(run, task)) {
        return ACTION_GO;
    }
    switch (run->plan->point.mode) {
    case MODE_BEFORE:
        return ACTION_UNDO;
    case MODE_ENTRY:
        deliver_first(run, task);
        return ACTION_GO;
    case MODE_EXIT:
        run->exit_awaited = task->tid;
        return ACTION_GO;
    case MODE_TIME:
    case MODE_COUNT:
        break;
    }
    return ACTION_GO;
}

static enum action on_entry(void *context, struct task *task)
{
    struct run *run = context;
    switch (run->stage) {
    case STAGE_ARMED:
        return armed_entry(run, task);
    case STAGE_HOLDING:
        if (task->tid == run->main_pid && task->nr == SYS_rt_sigreturn) {
            end_hold(run);
        }
        return ACTION_GO;
    case STAGE_BETWEEN:
        if (++run->calls_between >= run->plan->point.second_after) {
            deliver_second(run, task);
        }
        return ACTION_GO;
    case STAGE_SENT:
        break;
    }
    return ACTION_GO;
}

static enum action on_exit(void *context, struct task *task)
{
    struct run *run = context;
    if (run->stage == STAGE_ARMED && run->exit_awaited == task->tid) {
        deliver_first(run, task);
    }
    return ACTION_GO;
}

static enum action on_undone(void *context, struct task *task)
{
    struct run *run = context;
    deliver_first(run, task);
    return run->stage == STAGE_HOLDING ? ACTION_STAY : ACTION_GO;
}

static void adopt_daemon(struct run *run)
{
    /* The eldest that is left: a daemon's parent has gone, as daemons' parents do. */
    for (int i = 0; i < run->tracer.tasks_count; i++) {
        const struct task *task = &run->tracer.tasks[i];
        if (task->known && task->tid == task->tgid && state_of(task->tid) != 'Z') {
            run->main_pid = task->tid;
            run->main_ended = false;
            run->result->daemonises = true;
            return;
        }
    }
}

static void on_end(void *context, pid_t pid, int wait_status)
{
    struct run *run = context;
    for (int i = 0; i < run->helpers_count; i++) {
        if (run->helpers[i].pid == pid) {
            run->helpers[i].ended = true;
            run->helpers[i].wait_status = wait_status;
        }
    }
    if (pid != run->main_pid || run->main_ended) {
        return;
    }
    run->main_ended = true;
    run->main_status = wait_status;
    if (wait_status == 0 && run->stage == STAGE_ARMED) {
        adopt_daemon(run);
    }
}

const struct tracer_callbacks run_callbacks = { on_entry, on_exit, on_undone, on_end };

void deliver_tick(struct run *run)
{
    struct masks masks;
    switch (run->stage) {
    case STAGE_ARMED:
    case STAGE_SENT:
        return;
    case STAGE_HOLDING:
        /* Taken by a thread that waits for it, or by a handler that does not return. */
        run->hold_ticks++;
        if (run->hold_ticks >= HOLD_TICKS_MAX || run->main_ended ||
            (run->quiet_ticks && state_masks(run->main_pid, run->main_pid, &masks) &&
             !mask_has(masks.pending, run->plan->point.signo))) {
            end_hold(run);
        }
        return;
    case STAGE_BETWEEN:
        /* The program waits, or has ended: there will be no more calls to count. */
        if (run->main_ended) {
            end_hold(run);
        } else if (run->quiet_ticks >= 20 && all_sleep(run)) {
            deliver_second(run, NULL);
        }
        return;
    }
}

void send_again(struct run *run)
{
    uint64_t first_ns = run->signal_ns;
    (void)send_signal(run, NULL, run->plan->point.signo);
    run->signal_ns = first_ns;
}
