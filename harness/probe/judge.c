/* SPDX-License-Identifier: MIT
 *
 * judge.c -- the oracles.
 *
 * Several may be broken in one run: the worst is the verdict, by severity: data lost, crash and
 * hang, then a restart that fails, a lost signal, an orphan, a left-over file, a status.
 */
#include "judge.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "util.h"

enum severity {
    SEVERITY_WORST = 1,
    SEVERITY_RESTART,
    SEVERITY_LOST,
    SEVERITY_ORPHAN,
    SEVERITY_FILE,
    SEVERITY_STATUS
};

const char *status_text(int wait_status)
{
    static char text[64];
    if (WIFSIGNALED(wait_status)) {
        (void)snprintf(text, sizeof text, "killed by %s", signal_name(WTERMSIG(wait_status)));
    } else {
        (void)snprintf(text, sizeof text, "exit status %d", WEXITSTATUS(wait_status));
    }
    return text;
}

/* Names differ by pids and counters from run to run. */
static void normalise(const char *left, char *out, size_t bytes)
{
    size_t length = 0;
    for (const char *in = left; *in && length < bytes - 1; in++) {
        if (!isdigit((unsigned char)*in)) {
            out[length++] = *in;
        } else if (length == 0 || out[length - 1] != '#') {
            out[length++] = '#';
        }
    }
    out[length] = '\0';
}

static bool is_known(const struct words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->item[i], word) == 0) {
            return true;
        }
    }
    return false;
}

void expectation_learn(struct expectation *expectation, const struct run_result *result)
{
    bool known = false;
    for (int i = 0; i < expectation->statuses_count; i++) {
        known |= expectation->statuses[i] == result->wait_status;
    }
    if (!known && expectation->statuses_count < STATUSES_MAX) {
        expectation->statuses[expectation->statuses_count++] = result->wait_status;
    }
    for (uint32_t i = 0; i < result->left_count && i < LEFT_MAX; i++) {
        char text[LEFT_BYTES];
        normalise(result->left[i], text, sizeof text);
        if (!is_known(&expectation->left, text)) {
            words_add(&expectation->left, text);
        }
    }
}

void expectation_fini(struct expectation *expectation)
{
    words_clear(&expectation->left);
}

/* Whether a wait status is one of the listed: numbers as a shell shows them. */
static bool listed(const struct words *list, int wait_status)
{
    int shown = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    for (size_t i = 0; i < list->count; i++) {
        if (atoi(list->item[i]) == shown) {
            return true;
        }
    }
    return false;
}

static bool status_expected(const struct probe_options *options,
                            const struct expectation *expectation, const struct point *point,
                            const struct run_result *result)
{
    int status = result->wait_status;
    for (int i = 0; i < expectation->statuses_count; i++) {
        if (expectation->statuses[i] == status) {
            return true;
        }
    }
    if (listed(&options->expect_status, status)) {
        return true;
    }
    if (point->second && WIFSIGNALED(status) && WTERMSIG(status) == point->second) {
        return true; /* the second signal is there to force */
    }
    /* When it is ready is seen only from tick to tick; the baseline has seen it five times. */
    if (result->ready && !point->startup) {
        return false;
    }
    if (options->early_status.count) {
        return listed(&options->early_status, status);
    }
    return (WIFSIGNALED(status) && WTERMSIG(status) == point->signo) ||
           (WIFEXITED(status) &&
            (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 128 + point->signo));
}

static bool is_crash(const struct point *point, int status)
{
    static const int polite[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGKILL, SIGUSR1, SIGUSR2 };
    if (!WIFSIGNALED(status) || WTERMSIG(status) == point->signo ||
        WTERMSIG(status) == point->second) {
        return false;
    }
    for (size_t i = 0; i < sizeof polite / sizeof *polite; i++) {
        if (WTERMSIG(status) == polite[i]) {
            return false;
        }
    }
    return true;
}

/* The first thing left behind that should not be; NULL if there is none. */
static const char *wrongly_left(const struct probe_options *options,
                                const struct expectation *expectation,
                                const struct run_result *result, bool by_design)
{
    for (uint32_t i = 0; i < result->left_count && i < LEFT_MAX; i++) {
        char text[LEFT_BYTES];
        const char *path = strchr(result->left[i], ' ') + 1;
        normalise(result->left[i], text, sizeof text);
        if (words_match(&options->forbid_left, path)) {
            return result->left[i];
        }
        if (!by_design && !is_known(&expectation->left, text)) {
            return result->left[i];
        }
    }
    return NULL;
}

static void blame(struct judgement *out, enum verdict verdict, int severity, const char *what,
                  const char *detail)
{
    char text[300];
    if (out->verdict == VERDICT_PASS) {
        out->verdict = verdict;
        out->severity = severity;
        (void)snprintf(out->detail, sizeof out->detail, "%s%s%s", what, *detail ? ": " : "",
                       detail);
        normalise(out->detail, text, sizeof text);
        /* What a program prints varies; the first words are what it is about. */
        text[60] = '\0';
        out->signature = hash_bytes(HASH_START, &verdict, sizeof verdict);
        out->signature = hash_bytes(out->signature, text, strlen(text));
    } else {
        append(out->detail, sizeof out->detail, "; also %s: %s%s%s", verdict_word(verdict), what,
               *detail ? ": " : "", detail);
    }
}

/* A defect is the same whatever the program, the workload and the check print about it. */
static void blame_trial(struct judgement *out, enum verdict verdict, int severity, const char *what,
                        const struct trial *trial)
{
    blame(out, verdict, severity, what, trial->text);
    if (*trial->output) {
        append(out->detail, sizeof out->detail, ": %s", trial->output);
    }
}

static void judge_end(const struct point *point, const struct probe_options *options,
                      const struct run_result *result, struct judgement *out)
{
    char text[100];
    bool in_vain = result->was_ignored || (result->early && options->pid1);
    switch (result->end) {
    case RUN_LOST:
        blame(out, VERDICT_LOST, SEVERITY_LOST, "ends only when the signal is sent once more", "");
        return;
    case RUN_HANG:
        if (in_vain) {
            blame(out, VERDICT_LOST, SEVERITY_LOST, "the signal had no effect", "");
        } else {
            blame(out, VERDICT_HANG, SEVERITY_WORST, "does not end, nor with one more signal", "");
        }
        return;
    case RUN_SPIN:
        blame(out, VERDICT_LIVELOCK, SEVERITY_WORST, "does not end, and burns processor time", "");
        return;
    case RUN_LATE:
        (void)snprintf(text, sizeof text, "deadline %.1f s, took %.1f s",
                       (double)options->deadline / 1e3, (double)result->end_ns / 1e9);
        blame(out, VERDICT_LATE, SEVERITY_LOST, "ended late", text);
        return;
    default:
        (void)point;
        return;
    }
}

void judge_run(const struct probe_options *options, const struct expectation *expectation,
               const struct point *point, const struct run_result *result, struct judgement *out)
{
    int status = result->wait_status;
    *out = (struct judgement){ .verdict = VERDICT_PASS };
    if (result->end == RUN_UNFINISHED || result->end == RUN_ERROR) {
        out->verdict = VERDICT_INTERNAL;
        (void)snprintf(out->detail, sizeof out->detail, "%s", result->error);
        return;
    }
    if (result->end == RUN_NOT_READY || result->end == RUN_SELF_ENDED ||
        result->end == RUN_UNREACHED) {
        return;
    }
    bool ended = result->end == RUN_ENDED || result->end == RUN_LATE || result->end == RUN_LOST;
    out->reached = true;
    out->early = ended && result->early && WIFSIGNALED(status) &&
                 (WTERMSIG(status) == point->signo || WTERMSIG(status) == point->second);
    /* Whoever stops a daemon's parent stops the parent. */
    out->early |= ended && result->launcher_hit && result->orphans_count;
    bool by_design = out->early;
    if (result->too_early) {
        out->early = true;
        return;
    }
    if (ended && is_crash(point, status)) {
        blame(out, VERDICT_CRASH, SEVERITY_WORST, "died", status_text(status));
    }
    if (result->check.end == TRIAL_BAD && !by_design) {
        blame_trial(out, VERDICT_OWING, SEVERITY_WORST, "data was lost", &result->check);
    }
    if (result->end == RUN_HANG || result->end == RUN_SPIN) {
        judge_end(point, options, result, out);
    }
    if (result->restart.end == TRIAL_BAD && expectation->restarts) {
        blame_trial(out, VERDICT_RESTART, SEVERITY_RESTART, "does not start again",
                    &result->restart);
    }
    if (ended) {
        judge_end(point, options, result, out);
    }
    if (result->orphans_count && !by_design) {
        char text[300];
        (void)snprintf(text, sizeof text, "%.200s%s", result->orphans,
                       result->still_listening ? ", still listening" : "");
        blame(out, VERDICT_LEFTOVER, SEVERITY_ORPHAN, "orphan", text);
    }
    const char *left = ended ? wrongly_left(options, expectation, result, by_design) : NULL;
    if (left) {
        blame(out, VERDICT_LEFTOVER, SEVERITY_FILE, "left behind", left);
    }
    if (ended && !by_design && !is_crash(point, status) &&
        !status_expected(options, expectation, point, result)) {
        blame(out, VERDICT_STATUS, SEVERITY_STATUS, "unexpected end", status_text(status));
    }
}
