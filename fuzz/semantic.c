/* SPDX-License-Identifier: MIT
 *
 * semantic.c -- a small map of what happened, from the trace of an execution.
 *
 * Nothing that grows with every schedule: pairs of consecutive places were tried, filled the queue,
 * and did not reliably help.  No addresses: numbers of operations, threads and signals only.
 */
#include "semantic.h"

#include <stdint.h>
#include <string.h>

#include "engine.h"

enum feature {
#define X(name, word, help) FEATURE_##name,
    FEATURES(X)
#undef X
        FEATURE_COUNT
};

static const char *const words[] = {
#define X(name, word, help) word,
    FEATURES(X)
#undef X
};

static unsigned wanted = (1u << FEATURE_COUNT) - 1; /* read-only after the start */

struct state {
    uint32_t phase; /* enum rt_phase, as far as the trace shows it */
    uint32_t started;
    uint32_t ended;
    uint32_t main_op;
};

bool features_begin(const char *text, const char **out_word)
{
    wanted = text == NULL ? wanted : 0;
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, ",");
        unsigned at = 0;
        while (at < FEATURE_COUNT &&
               (strlen(words[at]) != length || strncmp(words[at], text, length) != 0)) {
            at++;
        }
        if (at == FEATURE_COUNT && (length != 4 || strncmp(text, "none", 4) != 0)) {
            *out_word = text;
            return false;
        }
        wanted |= at < FEATURE_COUNT ? 1u << at : 0;
        text += length + (text[length] == ',');
    }
    return true;
}

static void feature(enum feature kind, uint64_t what, uint64_t of, const struct state *state)
{
    if ((wanted & 1u << kind) != 0) {
        engine_feature((uint64_t)kind << 60 | what << 32 | of << 8 | state->phase);
    }
}

/* One receiver is like another, but main is not. */
static uint32_t role(uint32_t actor)
{
    return actor == 0 ? 0 : actor >= RT_ACTOR_ENV ? 2 : 1;
}

static void phase_at_least(struct state *state, uint32_t phase)
{
    state->phase = state->phase < phase ? phase : state->phase;
}

static void event_count(const struct rt_event *event, struct state *state)
{
    if (event->actor == 0) {
        state->main_op = event->op;
    }
    switch (event->op) {
    case RT_OP_CREATE:
        state->started++;
        phase_at_least(state, RT_PHASE_RUNNING);
        break;
    case RT_OP_SIGNAL: /* result: who is to take it + 1, and which */
        feature(FEATURE_SIGNAL, (uint64_t)(uint8_t)event->result << 8 | 1, state->main_op, state);
        phase_at_least(state, RT_PHASE_STOPPING);
        feature(FEATURE_END, state->started - state->ended, 1, state);
        break;
    case RT_OP_SIGNAL_TAKEN: /* result: what it interrupted, and which */
        feature(FEATURE_SIGNAL, (uint64_t)(uint8_t)event->result << 8 | 2 | role(event->actor) << 4,
                (uint32_t)event->result >> 8, state);
        break;
    case RT_OP_END:
        state->ended++;
        feature(FEATURE_END, state->started - state->ended, 2, state);
        if (state->phase >= RT_PHASE_STOPPING) {
            phase_at_least(state, RT_PHASE_JOINING);
        }
        if (state->ended == state->started) {
            feature(FEATURE_END, event->actor, 3, state);
        }
        break;
    case RT_OP_EXIT:
        phase_at_least(state, RT_PHASE_EXIT);
        break;
    default:
        if (event->result < 64 && event->result > -256) {
            feature(FEATURE_RESULT, (uint8_t)event->result,
                    (uint64_t)event->op << 2 | role(event->actor), state);
        }
        break;
    }
}

void features_count(const struct rt_control *control)
{
    struct state state = { RT_PHASE_START, 0, 0, RT_OP_START };
    for (uint32_t at = 0; wanted != 0 && at < control->events_count; at++) {
        event_count(&control->events[at], &state);
    }
}
