/* SPDX-License-Identifier: MIT
 *
 * out_outcomes.c -- what executions came to: tallies each distinct outcome, and prints them.
 *
 * An outcome is what does not depend on the clock: verdicts, how the process ended, and how far its
 * threads and debts came.  So what free-running threads show can be looked for under control.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "out.h"
#include "targets.h"

struct outcomes *outcomes_new(size_t targets)
{
    return calloc(targets, sizeof(struct outcomes));
}

void outcomes_free(struct outcomes *outcomes, size_t targets)
{
    for (size_t target = 0; outcomes != NULL && target < targets; target++) {
        for (size_t index = 0; index < outcomes[target].count; index++) {
            free((char *)outcomes[target].tallied[index].outcome.debts);
        }
        free(outcomes[target].tallied);
    }
    free(outcomes);
}

/* The order in which they are told: verdicts as in their table, then how it ended. */
static int compare(const struct outcome *one, const struct outcome *other)
{
    enum verdict verdict = verdict_first(one->earned);
    enum verdict verdict_other = verdict_first(other->earned);
    if (verdict != verdict_other) {
        return verdict < verdict_other ? -1 : 1;
    }
    if (one->earned != other->earned) {
        return one->earned < other->earned ? -1 : 1;
    }
    if (one->early != other->early) {
        return one->early ? 1 : -1;
    }
    if (one->stopped != other->stopped) {
        return one->stopped ? 1 : -1;
    }
    if (!one->stopped && one->wait_status != other->wait_status) {
        return one->wait_status < other->wait_status ? -1 : 1;
    }
    return strcmp(one->debts, other->debts);
}

/* Room for one more; false: there is none. */
static bool has_room(struct outcomes *outcomes)
{
    if (outcomes->count < outcomes->room) {
        return true;
    }
    size_t room = outcomes->room == 0 ? 8 : outcomes->room * 2;
    struct tallied *tallied =
        room <= OUTCOMES_MAX ? reallocarray(outcomes->tallied, room, sizeof(*tallied)) : NULL;
    if (tallied == NULL) {
        return false;
    }
    outcomes->tallied = tallied;
    outcomes->room = room;
    return true;
}

void outcomes_add(struct outcomes *outcomes, const struct outcome *outcome, uint64_t number)
{
    for (size_t index = 0; outcome->debts != NULL && index < outcomes->count; index++) {
        struct tallied *tallied = &outcomes->tallied[index];
        if (compare(&tallied->outcome, outcome) == 0) {
            tallied->count++;
            tallied->first = number < tallied->first ? number : tallied->first;
            return;
        }
    }
    struct tallied tallied = { *outcome, 1, number };
    tallied.outcome.debts = outcome->debts != NULL ? strdup(outcome->debts) : NULL;
    if (tallied.outcome.debts == NULL || !has_room(outcomes)) {
        free((char *)tallied.outcome.debts);
        outcomes->others++;
        return;
    }
    outcomes->tallied[outcomes->count++] = tallied;
}

static int compare_tallied(const void *one, const void *other)
{
    const struct tallied *left = one;
    const struct tallied *right = other;
    return compare(&left->outcome, &right->outcome);
}

void outcomes_sort(struct outcomes *outcomes, size_t targets)
{
    for (size_t target = 0; outcomes != NULL && target < targets; target++) {
        if (outcomes[target].count > 0) {
            qsort(outcomes[target].tallied, outcomes[target].count, sizeof(struct tallied),
                  compare_tallied);
        }
    }
}

const char *outcome_end(const struct outcome *outcome, char text[24])
{
    int status = outcome->wait_status;
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
    if (outcome->stopped) {
        (void)snprintf(text, 24, "stopped");
    } else if (!WIFSIGNALED(status)) {
        (void)snprintf(text, 24, "exit %d", WEXITSTATUS(status));
    } else if (name != NULL) {
        (void)snprintf(text, 24, "SIG%s", name);
    } else {
        (void)snprintf(text, 24, "signal %d", WTERMSIG(status));
    }
    return text;
}

static void print_outcome(const struct tallied *tallied)
{
    const struct outcome *outcome = &tallied->outcome;
    char end[24];
    (void)printf("%10" PRIu64 "  ", tallied->count);
    const char *before = "";
    for (unsigned at = 0; at < VERDICT_COUNT; at++) {
        if ((outcome->earned & VERDICT_BIT(at)) != 0) {
            (void)printf("%s%s", before, verdict_word((enum verdict)at));
            before = "+";
        }
    }
    (void)printf("%s%s, %s: %s\n", outcome->earned == 0 ? verdict_word(VERDICT_PASS) : "",
                 outcome->early ? " (early)" : "", outcome_end(outcome, end), outcome->debts);
}

void out_outcomes_table(const struct out_run *run)
{
    for (size_t target = 0; run->outcomes != NULL && target < run->targets->count; target++) {
        const struct outcomes *outcomes = &run->outcomes[target];
        (void)printf("%soutcomes of %.*s: %zu\n", run->quiet ? "" : "\n", OUT_NAME_WIDTH_MAX,
                     run->targets->subjects[target].name, outcomes->count);
        for (size_t index = 0; index < outcomes->count; index++) {
            print_outcome(&outcomes->tallied[index]);
        }
        if (outcomes->others > 0) {
            (void)printf("%10" PRIu64 "  others, which are not told apart\n", outcomes->others);
        }
    }
}
