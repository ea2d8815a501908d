/* SPDX-License-Identifier: MIT
 *
 * judge.c -- the rules of judging under real time.  Pure: it looks at what execution.c gathered.
 *
 * Debts are waived when the program did not end by itself: it crashed, was ended by us, was forced
 * by a second signal, or died by a signal that it did not handle (by design, if nothing is left
 * over).
 */
#include "judge.h"

#include <ctype.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sanitizer.h"

#define SANITIZER_EXIT_STATUS 66

/* How the program ended, in the words that the rules below need. */
struct ending {
    bool allowed;   /* a status that a correct program may have */
    bool by_plan;   /* died by one of the plan's signals */
    bool early;     /* ... that it did not handle, which is by design */
    bool forced;    /* a second signal ended it at once, which is by design */
    bool settled;   /* no debt is open */
    bool attached;  /* it wrote to the ledger */
    bool by_itself; /* debts count */
};

struct judgement {
    struct finding *finding;
    FILE *details;
};

#define PLACE_BYTES 256u

/* A name without its numbers: "poll-3" and "poll-1" are the same place, and pids are none. */
static const char *without_numbers(const char *name, char place[PLACE_BYTES])
{
    size_t length = 0;
    for (; *name != '\0' && length + 1 < PLACE_BYTES; name++) {
        if (!isdigit((unsigned char)*name)) {
            place[length++] = *name;
        }
    }
    place[length] = '\0';
    return place;
}

/* `place` is what tells this failure from others of its verdict. */
__attribute__((format(printf, 4, 5))) static void
earn(struct judgement *judgement, enum verdict verdict, const char *place, const char *format, ...)
{
    struct finding *finding = judgement->finding;
    size_t length = strlen(finding->place);
    size_t room = sizeof(finding->place) - length;
    (void)snprintf(finding->place + length, room, ";%s %s", verdict_word(verdict), place);
    finding->earned |= VERDICT_BIT(verdict);

    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(judgement->details, "  %s: ", verdict_word(verdict));
    (void)vfprintf(judgement->details, format, arguments);
    (void)fputc('\n', judgement->details);
    va_end(arguments);
}

static bool status_allowed(const struct subject *subject, int wait_status)
{
    if (subject->is_scenario) {
        return scenario_status_allowed(&subject->scenario, wait_status);
    }
    return WIFEXITED(wait_status)
               ? WEXITSTATUS(wait_status) == subject->expect_status
               : WIFSIGNALED(wait_status) && 128 + WTERMSIG(wait_status) == subject->expect_status;
}

static uint32_t sent_of(const struct execution *execution, int signo, bool *out_fatal)
{
    uint32_t sent = 0;
    *out_fatal = false;
    for (uint32_t index = 0; index < execution->plan.count; index++) {
        const struct plan_item *item = &execution->plan.items[index];
        if (item->signal->signo == signo) {
            sent += item->sent;
            *out_fatal = *out_fatal || item->fatal;
        }
    }
    return sent;
}

/* A plan signal's default action is by design before the program is ready, if it handled nothing
 * when the signal was sent.  Once it has stopped and everything is settled, it may have put the
 * default back: then the signal found an empty house. */
static bool died_early(const struct execution *execution, const struct ending *ending, bool fatal)
{
    if (execution->anchors.ready_ns == 0 || !ending->attached) {
        return fatal;
    }
    return ending->settled && (fatal || execution->stopping_ns != 0);
}

/* True if a second signal may end this program with _exit(`code`). */
static bool may_force(const struct subject *subject, int code)
{
    struct scenario_expectation expectation;
    if (!subject->is_scenario) {
        return true; /* Whose plan sends a signal twice knows that it may force. */
    }
    scenario_expect(&subject->scenario, &expectation);
    return expectation.forced_exit_code == code;
}

static struct ending look_at_ending(const struct execution *execution)
{
    struct ending ending = { .attached = ledger_attached(execution->ledger),
                             .settled = ledger_settled(execution->ledger) };
    int status = execution->wait_status;
    bool fatal = false;

    ending.allowed = status_allowed(execution->subject, status);
    if (WIFSIGNALED(status)) {
        ending.by_plan = sent_of(execution, WTERMSIG(status), &fatal) > 0;
        bool regular = ending.allowed && ending.settled &&
                       (ending.attached || !execution->subject->is_scenario);
        ending.early = !regular && ending.by_plan && died_early(execution, &ending, fatal);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) > 128) {
        ending.forced = may_force(execution->subject, WEXITSTATUS(status)) &&
                        sent_of(execution, WEXITSTATUS(status) - 128, &fatal) >= 2;
        ending.allowed = ending.allowed || ending.forced;
    }
    ending.by_itself = !execution->gave_up && execution->extra_ns == 0 && !ending.early &&
                       !ending.forced && (WIFEXITED(status) || ending.allowed);
    return ending;
}

/* The signal that was waited for shall not wait for that: which anchor comes sooner. */
static void judge_never_ready(struct judgement *judgement, const struct execution *execution)
{
    const struct plan *plan = &execution->plan;
    const char *name = scenario_signal_name(plan->items[plan->next].signal->signo);
    if (execution->awaits_handler) {
        earn(judgement, VERDICT_UNSUPPORTED, "never ready",
             "it did not begin to handle SIG%s within the deadline, and the signal counts from "
             "then: try --signals=%s@start if it never handles it",
             name, name);
    } else {
        earn(judgement, VERDICT_UNSUPPORTED, "never ready",
             "it did not send READY=1 to $NOTIFY_SOCKET within the deadline, and SIG%s counts from "
             "then: try --signals=%s@handled (or @start if it never handles it)",
             name, name);
    }
}

static void judge_time(struct judgement *judgement, const struct execution *execution,
                       const struct ending *ending, uint64_t deadline_ns)
{
    uint64_t stop_ns = execution_stop_ns(execution);
    if (execution->never_ready) {
        judge_never_ready(judgement, execution);
    } else if (execution->gave_up && execution->plan.count > 0 &&
               plan_sent(&execution->plan) == 0) {
        earn(judgement, VERDICT_UNSUPPORTED, "never due",
             "no signal was ever due: its anchor or thread did not come, or main ended before its "
             "threads");
    } else if (execution->gave_up) {
        earn(judgement, VERDICT_HANG, "",
             "not ended three deadlines (of %.3g s) after the last signal%s",
             (double)deadline_ns / 1e9,
             execution->extra_ns != 0 ? ", and one more did not help" : "");
    } else if (execution->extra_ns != 0) {
        bool helped = !execution->extra_fatal && ending->allowed && ending->settled;
        earn(judgement, helped ? VERDICT_LOST : VERDICT_HANG, "",
             helped ? "it ended only when the signal was sent once more"
                    : "one more signal ended it, but not in an orderly way");
    } else if (stop_ns > deadline_ns) {
        earn(judgement, VERDICT_LATE, "",
             "ended %.3f s after the first stop signal, deadline %.3g s", (double)stop_ns / 1e9,
             (double)deadline_ns / 1e9);
    }
}

static void judge_status(struct judgement *judgement, const struct execution *execution,
                         const struct ending *ending)
{
    int status = execution->wait_status;
    if (execution->gave_up || execution->extra_ns != 0 || ending->early || ending->allowed) {
        return;
    }
    if (WIFSIGNALED(status)) {
        const char *name = sigabbrev_np(WTERMSIG(status));
        earn(judgement, VERDICT_CRASH, name != NULL ? name : "signal",
             "killed by signal %d (SIG%s)%s", WTERMSIG(status), name != NULL ? name : "?",
             ending->by_plan ? ", which it should have handled" : "");
        return;
    }
    if (execution->report != NULL && WEXITSTATUS(status) == SANITIZER_EXIT_STATUS &&
        judgement->finding->earned != 0) {
        return; /* The sanitizer's own status, and its report counts. */
    }
    char place[16];
    char expected[128];
    struct scenario_expectation expectation;
    (void)snprintf(place, sizeof(place), "%d", WEXITSTATUS(status));
    (void)snprintf(expected, sizeof(expected), "expected %d", execution->subject->expect_status);
    if (execution->subject->is_scenario) {
        scenario_expect(&execution->subject->scenario, &expectation);
        if (expectation.death_signo != 0) {
            (void)snprintf(expected, sizeof(expected), "expected death by signal %d",
                           expectation.death_signo);
        } else {
            (void)snprintf(expected, sizeof(expected), "expected %d", expectation.exit_code);
        }
    }
    earn(judgement, VERDICT_STATUS, place, "exit status %d, %s", WEXITSTATUS(status), expected);
}

static void earn_debt(void *context, enum verdict verdict, const char *name, const char *text)
{
    char place[PLACE_BYTES];
    earn(context, verdict, without_numbers(name, place), "%s", text);
}

static void judge_debts(struct judgement *judgement, const struct execution *execution,
                        const struct ending *ending)
{
    if (!ending->attached && execution->subject->is_scenario && ending->by_itself) {
        earn(judgement, VERDICT_INTERNAL, "ledger", "the scenario program never opened its ledger");
    }
    ledger_judge(execution->ledger, ending->by_itself, earn_debt, judgement);
}

static void judge_leftovers(struct judgement *judgement, const struct execution *execution,
                            const struct ending *ending)
{
    bool crashed = WIFSIGNALED(execution->wait_status) && !ending->early && !ending->allowed;
    if (execution->gave_up || execution->extra_ns != 0 || crashed) {
        return; /* What was cut off could not clean up. */
    }
    char place[PLACE_BYTES];
    if (execution->left_processes != NULL) {
        earn(judgement, VERDICT_LEFTOVER, without_numbers(execution->left_processes, place),
             "processes: %s", execution->left_processes);
    }
    if (execution->left_files != NULL && !ending->forced) {
        earn(judgement, VERDICT_LEFTOVER, without_numbers(execution->left_files, place),
             "files: %s", execution->left_files);
    }
}

static void judge_report(struct judgement *judgement, const struct execution *execution,
                         const struct ending *ending)
{
    char place[PLACE_BYTES];
    if (execution->report == NULL) {
        return;
    }
    uint32_t classes = sanitizer_classify(execution->report, ending->by_itself);
    if (execution->report[0] == '\0') {
        earn(judgement, VERDICT_INTERNAL, "report",
             "the sanitizer's report is empty: is there room in $TMPDIR?");
    }
    sanitizer_place(execution->report, place, sizeof(place));
    for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        if ((classes & VERDICT_BIT(verdict)) != 0) {
            const char *line = strstr(execution->report, "SUMMARY: ");
            line = line != NULL ? line : execution->report;
            const char *line_end = line + strcspn(line, "\n");
            const char *words_end = sanitizer_summary_end(line, line_end);
            const char *words = words_end != NULL ? line + strlen("SUMMARY: ") : line;
            words_end = words_end != NULL ? words_end : line_end;
            earn(judgement, (enum verdict)verdict, place, "%.*s", (int)(words_end - words), words);
        }
    }
}

void judge_execution(const struct execution *execution, uint64_t deadline_ns,
                     struct finding *out_finding)
{
    size_t details_bytes;
    *out_finding = (struct finding){ .earned = 0 };
    struct judgement judgement = { out_finding,
                                   open_memstream(&out_finding->details, &details_bytes) };
    if (judgement.details == NULL) {
        out_finding->earned = VERDICT_BIT(VERDICT_INTERNAL); /* No memory for the reasons. */
        out_finding->verdict = VERDICT_INTERNAL;
        return;
    }
    struct ending ending = look_at_ending(execution);
    out_finding->early = ending.early;
    judge_report(&judgement, execution, &ending);
    judge_time(&judgement, execution, &ending, deadline_ns);
    judge_status(&judgement, execution, &ending);
    judge_debts(&judgement, execution, &ending);
    judge_leftovers(&judgement, execution, &ending);
    (void)fclose(judgement.details); /* Memory only; what is missing is missing. */
    out_finding->verdict = verdict_first(out_finding->earned);
}
