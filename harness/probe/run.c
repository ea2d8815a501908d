/* SPDX-License-Identifier: MIT
 *
 * run.c -- the course of one run, in a process of its own.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "running.h"
#include "util.h"

#define QUIET_TICKS 8 /* 40 ms in which nobody did anything: the program waits */
#define RESTLESS_NS                                                                                \
    1000000000u /* a program that never waits that long is steady after this time  \
                                 */

static void fail(struct run *run, const char *what, int error)
{
    run->result->end = RUN_ERROR;
    (void)snprintf(run->result->error, sizeof run->result->error, "%s%s%s", what, error ? ": " : "",
                   error ? strerror(error) : "");
}

/* What there is to do at the moment when the program is ready, its work is done, and it waits. */
static void on_steady(struct run *run)
{
    const struct point *point = &run->plan->point;
    bool when_quiet = point->mode == MODE_TIME && point->micros == POINT_WHEN_QUIET;
    if (run->plan->kind == RUN_BASELINE || when_quiet) {
        deliver_first(run, NULL);
    } else if (run->exit_awaited) {
        /* The call has not returned: the program is in it, which is as good a moment. */
        deliver_first(run, tracer_find(&run->tracer, run->exit_awaited));
    } else if (point->mode != MODE_TIME) {
        run->result->end = RUN_UNREACHED;
    }
}

static void note_ready(struct run *run)
{
    run->result->ready = true;
    run->ready_ns = now_ns();
    run->result->ready_ns = run->ready_ns - run->start_ns;
    run->quiet_ticks = 0;
    if (run->options->workload) {
        (void)helper_start(run, run->options->workload);
        run->workload = run->helpers_count - 1;
    }
}

static void armed_tick(struct run *run)
{
    const struct point *point = &run->plan->point;
    uint64_t now = now_ns();
    if (run->plan->kind == RUN_POINT && point->mode == MODE_TIME &&
        point->micros != POINT_WHEN_QUIET && now - run->start_ns >= point->micros * 1000ull) {
        deliver_first(run, NULL);
        return;
    }
    if (!run->result->ready) {
        if (ready_now(run)) {
            note_ready(run);
        } else if (now - run->start_ns > (uint64_t)run->options->start * 1000000u) {
            run->result->end = RUN_NOT_READY;
        }
        return;
    }
    bool busy = run->workload >= 0 && !run->helpers[run->workload].ended;
    bool quiet = run->quiet_ticks >= QUIET_TICKS && all_sleep(run);
    if (!busy && (quiet || now - run->ready_ns > RESTLESS_NS)) {
        on_steady(run);
    } else if (busy && now - run->ready_ns > (uint64_t)run->options->start * 1000000u) {
        on_steady(run); /* a workload without end */
    }
}

/* Lets the program run until the signal is sent.  Returns false if it is not going to be. */
static bool drive(struct run *run)
{
    while (run->stage == STAGE_ARMED && run->result->end == RUN_UNFINISHED) {
        bool tick = run_step(run);
        if (run->main_ended) {
            run->result->end = RUN_SELF_ENDED;
            run->result->wait_status = run->main_status;
        } else if (tick) {
            armed_tick(run);
        }
    }
    return run->stage != STAGE_ARMED;
}

static bool begin(struct run *run)
{
    char why[160] = "";
    const struct run_plan *plan = run->plan;
    struct rlimit no_core = { 0, 0 };
    int result = isolate_enter(plan->namespaces, plan->scratch, &run->isolation, why);
    if (result) {
        fail(run, why, 0);
        return false;
    }
    (void)setrlimit(RLIMIT_CORE, &no_core);
    run->output = memfd_create("output", MFD_CLOEXEC);
    /* Programs and we share the offset; each writes at the end all the same. */
    (void)fcntl(run->output, F_SETFL, O_APPEND);
    (void)tracer_init(&run->tracer, &run_callbacks, run);
    run->places = places_new();
    if (plan->sightings) {
        sightings_init(&run->sightings, plan->sightings);
    }
    tick_start(0);
    if (run->options->prepare && !helper_wait(run, run->options->prepare)) {
        char tail[120];
        output_tail(run, tail, sizeof tail);
        (void)snprintf(why, sizeof why, "--prepare failed: %.130s", tail);
        fail(run, why, 0);
        return false;
    }
    snapshot_take(run);
    result = program_start(run, !run->options->untraced);
    if (result) {
        const char *user = run->options->user;
        (void)snprintf(why, sizeof why, "cannot execute '%.90s'%s%.30s%s",
                       run->options->command.item[0], user ? " as user '" : "", user ? user : "",
                       user ? "'" : "");
        fail(run, why, -result);
        return false;
    }
    return true;
}

static void run_whole(struct run *run)
{
    uint64_t begin_ns = now_ns();
    struct run_result *result = run->result;
    if (!begin(run)) {
        return;
    }
    bool sent = drive(run);
    if (sent && result->too_early) {
        result->end = RUN_ENDED; /* the kernel has dropped it, and nobody is to blame */
    } else if (sent) {
        watch_end(run);
        result->wait_status = run->main_status;
    }
    if (run->main_ended) {
        after_look(run);
    } else {
        output_tail(run, result->output, sizeof result->output);
    }
    if (run->tracer.overflowed) {
        fail(run, "more threads than can be followed", 0);
    }
    result->threads = run->tracer.tasks_seen;
    result->sightings_count = run->sightings.count;
    result->sightings_full = run->sightings.full;
    result->total_ns = now_ns() - begin_ns;
}

pid_t run_start(const struct run_plan *plan, struct run_result *result)
{
    memset(result, 0, sizeof *result);
    (void)snprintf(result->error, sizeof result->error, "the run's process died");
    pid_t pid = isolate_fork(plan->namespaces);
    if (pid != 0) {
        return pid;
    }
    struct run *run = xcalloc(1, sizeof *run);
    run->plan = plan;
    run->options = plan->options;
    run->result = result;
    run->workload = -1;
    run->ready_helper = -1;
    result->error[0] = '\0';
    run_whole(run);
    /* Whatever still runs is killed with this process, without a word to the program. */
    _exit(0);
}
