/* SPDX-License-Identifier: MIT
 *
 * learn.c -- how long executions are, from the base schedule.
 */
#include "session.h"

#define STEPS_ENDLESS 1000u /* taken as length of a program that runs until it is stopped */
#define REACH_BEHIND 4u     /* where it waits for good is behind its last step */
#define REACH_MAX 10000u    /* whoever goes further without a signal does so until it is stopped */

int control_learn(struct control_session *session, struct control_outcome *out_outcome,
                  char error[512])
{
    const char *strategy = session->options.strategy;
    uint32_t signals_count = session->options.signals_count;
    session->options.strategy = "rr";
    int failed = control_execute(session, 0, NULL, 0, out_outcome, error);
    if (failed == 0 && out_outcome->early) {
        session->options.signals_count = 0;
        failed = control_execute(session, 0, NULL, 0, out_outcome, error);
    }
    session->options.signals_count = signals_count;
    session->options.strategy = strategy;
    if (failed == 0) {
        bool endless = out_outcome->verdict == VERDICT_LIVELOCK;
        control_expect_steps(session, endless ? STEPS_ENDLESS : out_outcome->steps);
    }
    return failed;
}

/* The base schedule sends a signal as soon as nobody else can go on.  What comes behind that, when
 * none does, is out of the reach of whoever goes by its length alone. */
int control_learn_reach(struct control_session *session, uint32_t *out_steps, char error[512])
{
    struct control_outcome outcome;
    struct control_options *options = &session->options;
    const struct control_options before = *options;
    *out_steps = session->expected_steps;
    if (options->signals_count == 0) {
        return 0;
    }
    options->strategy = "rr";
    options->signals_count = 0;
    options->steps_max = before.steps_max < REACH_MAX ? before.steps_max : REACH_MAX;
    int failed = control_execute(session, 0, NULL, 0, &outcome, error);
    *options = before;
    if (failed == 0) {
        bool endless = outcome.verdict == VERDICT_LIVELOCK;
        uint32_t steps = endless ? STEPS_ENDLESS : (uint32_t)outcome.steps + REACH_BEHIND;
        *out_steps = steps > *out_steps ? steps : *out_steps;
    }
    return failed;
}
