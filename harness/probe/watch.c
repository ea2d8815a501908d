/* SPDX-License-Identifier: MIT
 *
 * watch.c -- whether the program ends after the signal.
 *
 * Time alone proves nothing on a loaded machine: deadlines are counted in ticks that this process
 * has got, which are fewer when others take the processors.  A program that has not ended is given
 * three deadlines; one is enough if no thread has run for most of it and none waits for something
 * that time brings. Then its state is written down, and one more signal is tried: it helps, or it
 * does not.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "handlers.h"
#include "running.h"
#include "state.h"
#include "util.h"

struct watch {
    struct progress last;
    uint64_t looked_ns;
    uint32_t still;          /* looks in a row between which nobody ran */
    uint32_t looks, running; /* all, and those at which somebody was running */
};

static uint64_t deadline_ns(const struct run *run)
{
    return (uint64_t)run->options->deadline * 1000000u;
}

/* Time, as far as the machine had any for us since the given tick. */
static uint64_t elapsed_ns(unsigned from_tick)
{
    return (uint64_t)(handlers_ticks() - from_tick) * TICK_MS * 1000000u;
}

static void look(struct run *run, struct watch *watch)
{
    struct progress now;
    if (now_ns() - watch->looked_ns < deadline_ns(run) / 8) {
        return;
    }
    watch->looked_ns = now_ns();
    state_progress(run->sessions, run->helpers_count, &now);
    watch->still = now.asleep && now.switches == watch->last.switches ? watch->still + 1 : 0;
    watch->last = now;
    watch->looks++;
    watch->running += now.running;
}

/* Waits for the end at most limit deadlines, or one if it is plain that time will not bring it. */
static bool ends_within(struct run *run, unsigned *from_tick, unsigned limit, struct watch *watch)
{
    while (!run->main_ended) {
        if (!run_step(run)) {
            continue;
        }
        if (run->stage != STAGE_SENT) {
            deliver_tick(run);
            *from_tick = handlers_ticks();
            continue;
        }
        look(run, watch);
        uint64_t elapsed = elapsed_ns(*from_tick);
        if (elapsed > limit * deadline_ns(run) ||
            (elapsed > deadline_ns(run) && watch->still >= 5)) {
            return false;
        }
    }
    return true;
}

static void dump(struct run *run)
{
    struct run_result *result = run->result;
    state_dump(run->sessions, run->helpers_count, result->dump, sizeof result->dump);
    if (run->plan->explain) {
        append(result->dump, sizeof result->dump, "  main's stack:\n");
        state_stack(run->main_pid, run->main_pid, false, result->dump + strlen(result->dump),
                    sizeof result->dump - strlen(result->dump));
    }
}

void watch_end(struct run *run)
{
    struct run_result *result = run->result;
    struct watch watch = { .looked_ns = now_ns() };
    unsigned from_tick = handlers_ticks();
    if (ends_within(run, &from_tick, 3, &watch)) {
        result->end_ns = now_ns() - run->signal_ns;
        result->end = elapsed_ns(from_tick) > deadline_ns(run) ? RUN_LATE : RUN_ENDED;
        return;
    }
    dump(run);
    watch = (struct watch){ .last = watch.last, .looked_ns = now_ns() };
    from_tick = handlers_ticks();
    send_again(run);
    if (ends_within(run, &from_tick, 3, &watch)) {
        result->end = RUN_LOST;
        result->end_ns = now_ns() - run->signal_ns;
        return;
    }
    /* Not by processor time, of which there may be little. */
    bool spins = watch.looks && 10 * watch.running >= 9 * watch.looks;
    result->end = spins ? RUN_SPIN : RUN_HANG;
    result->end_ns = now_ns() - run->signal_ns;
}
