/* SPDX-License-Identifier: MIT
 *
 * embed.c -- many executions in a process of somebody else's, one per call, without a controller.
 *
 * As in a loop (loop.c) an execution begins with the state of a new process.  Unlike there the
 * program may end the process: by exit, by _exit, or by a signal's default action.  If nobody but
 * main is left then, that ends the execution only, and control jumps back; otherwise the threads
 * that are left cannot be stopped, and the process has to end (embed->over).
 * The engine's handlers of other signals than faults are gone after the first execution.
 */
#include "embed.h"

#include <setjmp.h>

#include "core.h"
#include "environment.h"
#include "oracles/oracle.h"
#include "oracles/unsafe.h"
#include "pool.h"
#include "real.h"
#include "signals.h"
#include "sys.h"

#define EMBED_EXPORT __attribute__((visibility("default")))

static const struct curfew_embed *embed; /* of the execution that runs; NULL: none does */
static jmp_buf leave;

static uint64_t mask_set(uint64_t mask)
{
    uint64_t old = 0;
    (void)RT_SYS4(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, &old, sizeof mask);
    return old;
}

/* This process's first execution. */
static void process_begin(struct rt_control *control)
{
    rt.control = control;
    rt.embedded = true;
    rt.pid = (int32_t)RT_SYS0(SYS_getpid);
    const char *bypassed = rt_real_bypassed();
    if (bypassed != NULL) {
        rt_stop(RT_STOP_INTERNAL, NULL, "calls pass the runtime by: ", bypassed, "");
    }
    rt_modules_start();
    rt_tasks_surround();
    rt_inherit_start();
    rt_signals_start();
    rt_threads_start();
    rt_signals_begin(rt.holder);
    rt_pool_begin();
}

static void execution_begin(struct rt_control *control)
{
    bool first = rt.control == NULL;
    rt_results_forget(control);
    if (first) {
        process_begin(control);
    } else {
        rt_signals_attach();
        rt_round_reset();
    }
    rt_signals_round(&rt.threads[0], rt.threads[0].signals.mask);
    rt_unsafe_handlers = 0; /* it may have been left from within one */
    rt_modules_begin();
    rt_environment_begin();
    rt_seed_begin();
    rt.over = false;
    rt.on = true;
}

EMBED_EXPORT void curfew__embed_run(const struct curfew_embed *next)
{
    struct rt_control *control = next->control;
    uint64_t mask = mask_set(~RT_SIGNALS_REAL);
    (void)mask_set(mask);
    embed = next;
    execution_begin(control);
    if (_setjmp(leave) == 0) {
        if (control->signals_count > 0) {
            rt_step(&rt.threads[0], RT_OP_START, NULL, NULL);
        }
        int status = next->body(next->context);
        rt_step(&rt.threads[0], RT_OP_EXIT, NULL, NULL);
        rt_end_exit(status, true);
        rt_embed_over();
    }
    rt.on = false;
    embed = NULL;
    (void)mask_set(mask);
}

void rt_embed_over(void)
{
    const struct curfew_embed *of = embed;
    if (of == NULL) {
        return;
    }
    bool others =
        rt.live_count > 1 || rt_self != &rt.threads[0] || rt.threads[0].state == RT_THREAD_ENDED;
    rt.over = true;
    if (rt.control->stop == RT_STOP_NONE && rt.control->races == 0 && !others) {
        longjmp(leave, 1);
    }
    embed = NULL;
    (void)mask_set(0);
    of->over(of->context);
    (void)RT_SYS1(SYS_exit_group, 3);
}

void rt_embed_exit(struct rt_thread *self, int status)
{
    if (embed != NULL) {
        rt_step(self, RT_OP_EXIT, NULL, NULL); /* as the runtime's own handler, which is the last */
        rt_end_exit(status, true);
        rt_embed_over();
    }
}

void rt_embed_abort(void)
{
    if (embed != NULL) {
        curfew__embed_abandon();
    }
}

EMBED_EXPORT void curfew__embed_abandon(void)
{
    rt.over = true;
    embed = NULL;
}
