/* SPDX-License-Identifier: MIT
 *
 * confirm.c -- each failure is executed a second time before it is told; passes, now and then.
 */
#include <stdlib.h>
#include <string.h>

#include "session.h"

struct events_copy {
    struct rt_event *events;
    uint32_t count;
};

static void events_keep(struct control_session *session, struct events_copy *copy)
{
    const struct rt_control *memory = control_memory(session);
    copy->count = memory->events_count;
    copy->events = malloc((copy->count + 1) * sizeof copy->events[0]);
    if (copy->events != NULL) {
        memcpy(copy->events, memory->events, copy->count * sizeof copy->events[0]);
    } else {
        copy->count = 0;
    }
}

/* Says in outcome how this execution differs from the one before it. */
static void diverged(struct control_session *session, const struct events_copy *copy,
                     const struct control_outcome *first, struct control_outcome *outcome)
{
    const struct rt_control *memory = control_memory(session);
    uint32_t at = 0;
    while (at < copy->count && at < memory->events_count &&
           copy->events[at].hash == memory->events[at].hash) {
        at++;
    }
    enum verdict second = outcome->verdict;
    char text[512];
    if (at < copy->count && at < memory->events_count) {
        (void)snprintf(text, sizeof text,
                       "two executions differ, first at step %u: thread %u %s, then thread %u %s",
                       at, copy->events[at].actor, control_op_word(copy->events[at].op),
                       memory->events[at].actor, control_op_word(memory->events[at].op));
    } else {
        (void)snprintf(text, sizeof text, "two executions differ behind step %u: %s, then %s", at,
                       verdict_word(first->verdict), verdict_word(second));
    }
    control_overrule(outcome, VERDICT_DIVERGED, text);
}

bool control_same(const struct control_outcome *one, const struct control_outcome *other)
{
    return one->verdict == other->verdict && one->hash == other->hash;
}

int control_confirm(struct control_session *session, struct control_outcome *outcome,
                    char error[512])
{
    struct control_outcome second;
    struct events_copy copy;
    events_keep(session, &copy);
    int status = control_execute(session, outcome->seed, NULL, 0, &second, error);
    bool marked = outcome->verdict == VERDICT_PASS && (outcome->outside || second.outside);
    if (status == 0 && !control_same(outcome, &second) && !marked) {
        diverged(session, &copy, outcome, &second);
        *outcome = second;
    }
    free(copy.events);
    return status;
}
