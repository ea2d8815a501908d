/* SPDX-License-Identifier: MIT
 *
 * judge.c -- one execution's verdict, from what the runtime, the kernel and the watchdog say.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "session.h"

static const enum verdict stop_verdict[] = {
    [RT_STOP_NONE] = VERDICT_PASS,
    [RT_STOP_HANG] = VERDICT_HANG,
    [RT_STOP_LIVELOCK] = VERDICT_LIVELOCK,
    [RT_STOP_ORACLE] = VERDICT_INTERNAL, /* the oracle says which */
    [RT_STOP_UNSUPPORTED] = VERDICT_UNSUPPORTED,
    [RT_STOP_DIVERGED] = VERDICT_DIVERGED,
    [RT_STOP_INTERNAL] = VERDICT_INTERNAL,
    [RT_STOP_USAGE] = VERDICT_INTERNAL,
};

static void judged(struct control_outcome *outcome, enum verdict verdict, const char *message)
{
    size_t length = strlen(outcome->reasons);
    (void)snprintf(outcome->reasons + length, sizeof outcome->reasons - length, "  %s: %s\n",
                   verdict_word(verdict), message);
    outcome->earned |= VERDICT_BIT(verdict);
    if (verdict < outcome->verdict) {
        outcome->verdict = verdict;
        (void)snprintf(outcome->message, sizeof outcome->message, "%s", message);
    }
}

void control_overrule(struct control_outcome *outcome, enum verdict verdict, const char *message)
{
    outcome->earned = VERDICT_BIT(verdict);
    outcome->verdict = verdict;
    (void)snprintf(outcome->message, sizeof outcome->message, "%s", message);
    (void)snprintf(outcome->reasons, sizeof outcome->reasons, "  %s: %s\n", verdict_word(verdict),
                   outcome->message);
}

/* As judged, for a rule that can be switched off. */
static void judged_by(const struct control_session *session, enum rt_oracle oracle,
                      struct control_outcome *outcome, const char *message)
{
    if ((session->options.oracles & RT_ORACLE_BIT(oracle)) != 0) {
        judged(outcome, control_oracle_verdict(oracle), message);
    }
}

struct debts {
    const struct control_session *session;
    struct control_outcome *outcome;
};

static void earn_debt(void *context, enum verdict verdict, const char *name, const char *text)
{
    const struct debts *debts = context;
    (void)name;
    switch (verdict) {
    case VERDICT_OWING:
        judged_by(debts->session, RT_ORACLE_OWING, debts->outcome, text);
        break;
    case VERDICT_TWICE:
        judged_by(debts->session, RT_ORACLE_TWICE, debts->outcome, text);
        break;
    case VERDICT_ABANDONED:
        judged_by(debts->session, RT_ORACLE_ABANDONED, debts->outcome, text);
        break;
    default:
        judged(debts->outcome, verdict, text);
        break;
    }
}

static bool status_allowed(const struct control_options *options, int wait_status)
{
    if (options->scenario != NULL) {
        return scenario_status_allowed(options->scenario, wait_status);
    }
    return WIFEXITED(wait_status)
               ? WEXITSTATUS(wait_status) == options->expect_status
               : WIFSIGNALED(wait_status) && 128 + WTERMSIG(wait_status) == options->expect_status;
}

static void status_text(const struct control_options *options, int status, char text[512])
{
    struct scenario_expectation expectation = { .exit_code = options->expect_status };
    if (options->scenario != NULL) {
        scenario_expect(options->scenario, &expectation);
    }
    if (expectation.death_signo != 0) {
        (void)snprintf(text, 512, "exit status %d, expected death by signal %d", status,
                       expectation.death_signo);
    } else {
        (void)snprintf(text, 512, "exit status %d, expected %d", status, expectation.exit_code);
    }
}

/* What is to be in order when a program has ended by itself. */
static void judge_end(const struct control_session *session, struct control_outcome *outcome)
{
    const struct control_options *options = &session->options;
    const struct rt_control *memory = session->memory;
    struct debts debts = { session, outcome };
    char text[512];
    /* A scenario's threads are libcurfew's: its ledger knows who is a daemon. */
    if (memory->threads_alive > 0 && options->scenario == NULL) {
        (void)snprintf(text, sizeof text, "%u thread%s alive when the process ended",
                       memory->threads_alive, memory->threads_alive == 1 ? " was" : "s were");
        judged_by(session, RT_ORACLE_ABANDONED, outcome, text);
    }
    if (options->scenario != NULL && !ledger_attached(session->ledger)) {
        judged(outcome, VERDICT_INTERNAL, "the scenario program never opened its ledger");
    }
    ledger_judge(session->ledger, true, earn_debt, &debts);
    if (memory->inherited != 0) {
        (void)snprintf(text, sizeof text, "another program was executed with%s%s%s",
                       (memory->inherited & RT_INHERITED_BLOCKED) != 0 ? " blocked signals" : "",
                       (memory->inherited & RT_INHERITED_IGNORED) != 0 ? " ignored signals" : "",
                       (memory->inherited & RT_INHERITED_DESCRIPTOR) != 0 ? " open descriptors"
                                                                          : "");
        judged_by(session, RT_ORACLE_INHERIT, outcome, text);
    }
    if (memory->children_left > 0) {
        judged_by(session, RT_ORACLE_CHILDREN, outcome, "a child process was not waited for");
    }
    if (session->left[0] != '\0') {
        (void)snprintf(text, sizeof text, "files: %.400s", session->left);
        judged_by(session, RT_ORACLE_FILES, outcome, text);
    }
}

void control_judge(struct control_session *session, uint64_t seed, int wait_status,
                   const struct watch *watch, struct control_outcome *out_outcome)
{
    const struct rt_control *memory = session->memory;
    char text[512];

    *out_outcome = (struct control_outcome){
        .verdict = VERDICT_PASS,
        .seed = seed,
        .steps = memory->steps,
        .hash = memory->hash,
        .clock_ns = memory->clock_ns,
        .wait_status = wait_status,
        .threads = memory->threads_count,
        .outside = memory->outside != 0,
    };
    if (watch->killed) {
        judged(out_outcome, watch->verdict, watch->message);
        return;
    }
    if (memory->races > 0) {
        judged(out_outcome, VERDICT_RACE, "ThreadSanitizer reported");
    }
    if (memory->stop == RT_STOP_ORACLE && memory->stop_oracle < RT_ORACLE_COUNT) {
        judged(out_outcome, control_oracle_verdict((enum rt_oracle)memory->stop_oracle),
               memory->message);
        return;
    }
    if (memory->stop != RT_STOP_NONE) {
        judged(out_outcome,
               memory->stop < sizeof stop_verdict / sizeof stop_verdict[0]
                   ? stop_verdict[memory->stop]
                   : VERDICT_INTERNAL,
               memory->message);
        return;
    }
    bool allowed = status_allowed(&session->options, wait_status);
    if (WIFSIGNALED(wait_status) && !allowed) {
        (void)snprintf(text, sizeof text, "the program was killed by SIG%s",
                       sigabbrev_np(WTERMSIG(wait_status)) != NULL
                           ? sigabbrev_np(WTERMSIG(wait_status))
                           : "?");
        judged(out_outcome, VERDICT_CRASH, text);
        return;
    }
    if (memory->races > 0) {
        return;
    }
    judge_end(session, out_outcome);
    if (!allowed) {
        status_text(&session->options, WEXITSTATUS(wait_status), text);
        judged_by(session, RT_ORACLE_STATUS, out_outcome, text);
    }
}
