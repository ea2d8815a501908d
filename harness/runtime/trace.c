/* SPDX-License-Identifier: MIT
 *
 * trace.c -- what happened: events, decisions, and the hash that identifies an execution.
 *
 * The hash covers who did what to which explicitly created object, with what result: nothing that
 * depends on addresses, flavours or the outside.  docs/TRACE.md has the format.
 */
#include "core.h"

static struct rt_event *event; /* of the last step; NULL: the log is full */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ (hash >> 28);
}

void rt_trace_step(uint32_t actor, enum rt_op op, const void *object, void *const *frame)
{
    struct rt_control *control = rt.control;
    const struct rt_thread *thread = object;
    uint64_t pc = frame != NULL ? (uint64_t)frame[1] : 0;
    bool logs = rt.steps < RT_EVENTS_MAX;
    uint32_t created;
    uint32_t display;

    if (thread >= rt.threads && thread < rt.threads + RT_THREADS_MAX) {
        display = thread->number;
        created = thread->number + 1u;
    } else if (logs) {
        display = rt_object_look(object, &created);
    } else {
        display = 0;
        created = rt_object_creation(object);
    }
    rt.hash = mix(rt.hash, (uint64_t)created << 32 | (uint64_t)op << 16 | actor);
    event = NULL;
    if (logs) {
        event = &control->events[rt.steps];
        event->pc = pc;
        event->object = display;
        event->result = 0;
        event->actor = (uint16_t)actor;
        event->op = (uint16_t)op;
        event->hash = (uint32_t)rt.hash;
        control->events_count = (uint32_t)rt.steps + 1;
    }
    rt.steps++;
    control->hash = rt.hash;
    __atomic_store_n(&control->steps, rt.steps, __ATOMIC_RELAXED);
    __atomic_store_n(&control->turn_op, op, __ATOMIC_RELAXED);
    __atomic_store_n(&control->turn_pc, pc, __ATOMIC_RELAXED);
    if (__builtin_expect(rt.steps == rt.debug_step, 0)) {
        rt_debug_stop();
    }
}

void rt_trace_place(uint32_t actor, enum rt_op op, const void *object, const void *pc,
                    int32_t result)
{
    void *const frame[2] = { NULL, (void *)pc };
    rt_trace_step(actor, op, object, frame);
    rt_trace_result(result);
}

void rt_trace_result(int32_t result)
{
    rt.hash = mix(rt.hash, UINT64_C(0x100000000) | (uint32_t)result);
    rt.control->hash = rt.hash;
    if (event != NULL) {
        event->result = result;
        event->hash = (uint32_t)rt.hash;
    }
}

void rt_result(int32_t result)
{
    rt_trace_result(result);
}

void rt_trace_shown(int32_t result)
{
    if (event != NULL) {
        event->result = result;
    }
}

void rt_trace_decision(uint32_t value)
{
    struct rt_control *control = rt.control;
    rt.hash = mix(rt.hash, UINT64_C(0x200000000) | value);
    if (control->decisions_count < RT_DECISIONS_MAX) {
        control->decisions[control->decisions_count++] = (uint16_t)value;
    } else {
        control->decisions_lost++;
    }
}
