/* SPDX-License-Identifier: MIT
 *
 * expect.c -- the exit statuses that a correct program may have for a scenario.  Pure.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "scenario.h"

/* All flags that occur among the scenario's workers. */
static unsigned workers_flags(const struct scenario *scenario)
{
    unsigned flags = 0;

    for (uint32_t i = 0; i < scenario->workers_count; i++) {
        flags |= scenario_kind_words[scenario->workers[i].kind].flags;
    }
    return flags;
}

/* The end after a stop by `signo` (0: by the program itself) when no worker failed. */
static void expect_end(const struct scenario *scenario, int signo, struct scenario_expectation *out)
{
    out->exit_code = EXIT_SUCCESS;
    out->death_signo = 0;
    if (signo == 0) {
        return;
    }
    switch (scenario->exit_policy) {
    case EXIT_POLICY_RERAISE:
        out->exit_code = -1;
        out->death_signo = signo;
        break;
    case EXIT_POLICY_CODE128:
        out->exit_code = 128 + signo;
        break;
    case EXIT_POLICY_ZERO:
    case EXIT_POLICY_COUNT:
        break;
    }
}

static int first_stop(const struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        if (scenario_signal_stops(scenario, &scenario->signals[i])) {
            return scenario->signals[i].signo;
        }
    }
    return 0;
}

/* True if a stopping signal may come before all workers are spawned. */
static bool may_stop_early(const struct scenario *scenario)
{
    bool early = false;

    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        const struct scenario_signal *signal = &scenario->signals[i];
        if (signal->anchor != ANCHOR_PREVIOUS) {
            early = signal->anchor == ANCHOR_START || signal->anchor == ANCHOR_HANDLED;
        }
        if (early && scenario_signal_stops(scenario, signal)) {
            return true;
        }
    }
    return false;
}

/* 128 + SIGINT if the plan may force the end: a second INT, and a main that heeds it. */
static int forced_exit_code(const struct scenario *scenario)
{
    uint32_t sent = 0;

    if ((scenario_main_words[scenario->main_style].flags & WORD_FORCES) == 0) {
        return -1;
    }
    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        const struct scenario_signal *signal = &scenario->signals[i];
        if (signal->signo == SIGINT && scenario_signal_stops(scenario, signal)) {
            sent += signal->count;
        }
    }
    return sent >= 2 ? 128 + SIGINT : -1;
}

void scenario_expect(const struct scenario *scenario, struct scenario_expectation *out_expectation)
{
    expect_end(scenario, first_stop(scenario), out_expectation);
    if ((workers_flags(scenario) & WORD_FAILS) != 0) {
        out_expectation->exit_code = EXIT_FAILURE;
        out_expectation->death_signo = 0;
    }
    out_expectation->forced_exit_code = forced_exit_code(scenario);
}

static bool fits(const struct scenario_expectation *expectation, int wait_status)
{
    if (WIFEXITED(wait_status)) {
        int code = WEXITSTATUS(wait_status);
        return code == expectation->exit_code || code == expectation->forced_exit_code;
    }
    return WIFSIGNALED(wait_status) && expectation->death_signo != 0 &&
           WTERMSIG(wait_status) == expectation->death_signo;
}

bool scenario_status_allowed(const struct scenario *scenario, int wait_status)
{
    unsigned flags = workers_flags(scenario);
    struct scenario_expectation expectation;

    scenario_expect(scenario, &expectation);
    if (fits(&expectation, wait_status)) {
        return true;
    }
    if ((flags & WORD_FAILS) != 0 && !may_stop_early(scenario)) {
        return false;
    }
    /* No failure counts here: who stopped the program decides.  A worker that may do so can be
     * first. */
    if ((flags & WORD_STOPS) != 0) {
        expect_end(scenario, 0, &expectation);
        if (fits(&expectation, wait_status)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        if (scenario_signal_stops(scenario, &scenario->signals[i])) {
            expect_end(scenario, scenario->signals[i].signo, &expectation);
            if (fits(&expectation, wait_status)) {
                return true;
            }
        }
    }
    return false;
}
