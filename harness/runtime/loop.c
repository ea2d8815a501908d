/* SPDX-License-Identifier: MIT
 *
 * loop.c -- many executions in one process: each round of the program's loop is one.
 *
 * The controller asks for a batch of seeds; the process runs them one after the other without
 * asking back, and ends with the first that it cannot pass, or with the last.  Those that passed
 * before are in control->batch; that one is judged like any other.  A batch of one has fresh
 * threads, which is how failures are confirmed.
 */
#include <string.h>

#include "core.h"
#include "environment.h"
#include "pool.h"
#include "posix/timer.h"
#include "real.h"
#include "signals.h"
#include "strategy.h"

__attribute__((visibility("default"))) int curfew__loop_next(void);

void rt_results_reset(struct rt_control *control)
{
    __atomic_store_n(&control->steps, 0, __ATOMIC_RELAXED);
    control->hash = 0;
    control->clock_ns = 0;
    control->late_ns = control->stop_sent = 0;
    control->outside = 0;
    control->threads_count = 0;
    control->events_count = 0;
    control->decisions_count = 0;
    control->decisions_lost = 0;
}

void rt_results_forget(struct rt_control *control)
{
    rt_results_reset(control);
    control->end = RT_END_NONE;
    control->stop = RT_STOP_NONE;
    control->stop_thread = UINT32_MAX;
    control->exit_status = -1;
    control->killed_by = control->races = 0;
    control->children_left = control->inherited = 0;
    control->objects_count = control->threads_alive = 0;
    control->message[0] = '\0';
}

void rt_round_reset(void)
{
    rt_threads_reset();
    rt_objects_reset();
    rt.holder = &rt.threads[0];
    rt.yielder = NULL;
    rt.steps = 0;
    rt.progress = 0;
    rt.run_steps = 0;
    rt.arrivals = 0;
    rt.now_ns = 0;
    rt_timers_round();
}

/* The state of an execution at its start, whatever came before in this process. */
static void round_begin(struct rt_control *control)
{
    uint64_t mask = rt.threads[0].signals.mask;
    rt_results_reset(control);
    rt_round_reset();
    rt_signals_round(&rt.threads[0], mask);
    rt_environment_begin();
    rt_seed_begin();
}

/* The round is over.  False: so is the process. */
static bool round_pass(struct rt_control *control)
{
    rt_tasks_check();
    uint32_t done = control->batch_done;
    if (rt.live_count > 1 || control->races != 0 || done + 1 >= control->batch ||
        rt_environment_lost()) {
        return false;
    }
    control->batch_results[done] = (struct rt_batch_result){
        .hash = rt.hash,
        .steps = rt.steps,
        .clock_ns = rt.now_ns,
        .threads = rt.threads_count,
        .outside = control->outside,
        .signals = rt_environment_sent(),
    };
    __atomic_store_n(&control->batch_done, done + 1, __ATOMIC_RELEASE);
    return true;
}

int curfew__loop_next(void)
{
    struct rt_control *control = rt.control;
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return rt.looping ? 0 : -1;
    }
    if (self->number != 0) {
        rt_stop(RT_STOP_UNSUPPORTED, self, "curfew_loop was called by another thread than main", "",
                "");
    }
    if (!rt.looping) {
        if (rt.live_count > 1) {
            rt_stop(RT_STOP_UNSUPPORTED, self, "threads run before the first curfew_loop", "", "");
        }
        rt.looping = true;
        control->loops = 1;
        if (control->batch > 1) {
            rt_pool_begin();
        }
    } else {
        rt_step(self, RT_OP_EXIT, NULL, RT_FRAME);
        if (!round_pass(control)) {
            rt_end_exit(0, true);
            return 0;
        }
        control->seed += control->batch_stride;
    }
    round_begin(control);
    return 1;
}
