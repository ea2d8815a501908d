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

/* As judged, for a rule that can be switched off. */
static void judged_by(const struct control_session *session, enum rt_oracle oracle,
                      struct control_outcome *outcome, const char *message)
{
    if ((session->options.oracles & RT_ORACLE_BIT(oracle)) != 0) {
        judged(outcome, control_oracle_verdict(oracle), message);
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
        struct scenario scenario = *options->scenario;
        scenario_forget_anchors(&scenario);
        return scenario_status_allowed(&scenario, wait_status);
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

/* A signal that the program never showed any interest in and that was still pending when it ended:
 * it had no effect at all.  One that it does handle, accept or ignore may come too late. */
static void judge_signals(const struct control_session *session, struct control_outcome *outcome)
{
    const struct rt_control *memory = session->memory;
    char name[16];
    char text[256];
    for (uint32_t at = 0; at < memory->signals_count; at++) {
        const struct rt_signal_report *report = &memory->signal_reports[at];
        if (report->fate == RT_SIGNAL_PENDING && !report->expected && report->taken == 0) {
            (void)snprintf(text, sizeof text,
                           "signal %s, sent at step %llu, was still pending at the end: every "
                           "thread blocks it and none waits for it",
                           control_signal_name(memory->signals[at].signo, name),
                           (unsigned long long)report->sent_step);
            judged_by(session, RT_ORACLE_LOST, outcome, text);
            return;
        }
    }
}

static void judge_leftover(const struct control_session *session, struct control_outcome *outcome)
{
    char text[512];
    if (session->left[0] != '\0') {
        (void)snprintf(text, sizeof text, "files: %.400s", session->left);
        judged_by(session, RT_ORACLE_FILES, outcome, text);
    }
}

/* Whether the program died by a signal of the plan, as its default action has it: of one that it
 * did not handle at that time, or handled and then sent to itself once more. */
static bool died_by_plan(const struct rt_control *memory, int wait_status)
{
    for (uint32_t at = 0; at < memory->signals_count; at++) {
        if (memory->end == RT_END_KILLED && memory->signals[at].signo == memory->killed_by &&
            WTERMSIG(wait_status) == (int)memory->killed_by &&
            memory->signal_reports[at].sent > 0) {
            return true;
        }
    }
    return false;
}

/* Whether the plan's signal found nobody who handles it: before the program did so, or when all was
 * done and it had put the default back.  That is by design. */
static bool died_early(const struct control_session *session, int wait_status, bool allowed)
{
    if (!WIFSIGNALED(wait_status) || !died_by_plan(session->memory, wait_status)) {
        return false;
    }
    if (session->options.scenario == NULL) {
        return !allowed;
    }
    bool attached = ledger_attached(session->ledger);
    bool settled = ledger_settled(session->ledger);
    return !attached || (settled && !allowed);
}

/* Whether a second signal of the plan ended the program at once, with 128 + its number: by design,
 * and nobody gets home then. */
static bool was_forced(const struct control_session *session, int wait_status)
{
    const struct rt_control *memory = session->memory;
    struct scenario_expectation expectation;
    int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;
    uint32_t taken = 0;
    if (code <= 128) {
        return false;
    }
    if (session->options.scenario != NULL) {
        scenario_expect(session->options.scenario, &expectation);
        if (expectation.forced_exit_code != code) {
            return false;
        }
    }
    for (uint32_t at = 0; at < memory->signals_count; at++) {
        taken += memory->signals[at].signo == code - 128 ? memory->signal_reports[at].taken : 0;
    }
    return taken >= 2;
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
    if (memory->late_ns > options->deadline_ns) {
        (void)snprintf(text, sizeof text,
                       "it took %.3f s from the first stop signal on in which nobody could go on",
                       (double)memory->late_ns / 1e9);
        judged_by(session, RT_ORACLE_LATE, outcome, text);
    }
    judge_signals(session, outcome);
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
    judge_leftover(session, outcome);
}

static void crash_text(const struct control_session *session, int wait_status, char text[512])
{
    const char *name = sigabbrev_np(WTERMSIG(wait_status));
    if (session->error[0] != '\0') {
        (void)snprintf(text, 512, "AddressSanitizer reported %s", session->error);
    } else {
        (void)snprintf(text, 512, "the program was killed by SIG%s", name != NULL ? name : "?");
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
        .stopped = watch->killed || memory->stop != RT_STOP_NONE,
    };
    for (uint32_t at = 0; at < memory->signals_count; at++) {
        out_outcome->signals += memory->signal_reports[at].sent;
    }
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
    if (died_early(session, wait_status, allowed)) {
        out_outcome->early = true;
        judge_leftover(session, out_outcome);
        return;
    }
    if (was_forced(session, wait_status)) {
        return;
    }
    if (WIFSIGNALED(wait_status) && !allowed) {
        crash_text(session, wait_status, text);
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
