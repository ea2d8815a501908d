/* SPDX-License-Identifier: MIT
 *
 * campaign.c -- the order of work: isolation, baseline, points, runs, findings again, report.
 */
#include "campaign.h"
#include "handlers.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"
#include "isolate.h"
#include "probe.h"
#include "util.h"

struct run_plan campaign_plan(const struct campaign *campaign)
{
    struct run_plan plan = { .options = campaign->options,
                             .scratch = campaign->scratch,
                             .namespaces = campaign->namespaces,
                             .daemonises = campaign->expectation.daemonises,
                             .must_restart = campaign->options->restart,
                             .stop_ns = campaign->expectation.stop_ns };
    memcpy(plan.main_path, campaign->expectation.main_path, sizeof plan.main_path);
    return plan;
}

static bool next(void *context, struct run_plan *out_plan, size_t *out_number)
{
    struct campaign *campaign = context;
    if (campaign->next == campaign->candidates_count) {
        return false;
    }
    *out_number = campaign->next++;
    *out_plan = campaign_plan(campaign);
    out_plan->kind = RUN_POINT;
    out_plan->point = campaign->candidates[*out_number].point;
    return true;
}

static void done(void *context, size_t number, const struct run_plan *plan,
                 const struct run_result *result)
{
    struct campaign *campaign = context;
    struct candidate *candidate = &campaign->candidates[number];
    struct judgement judgement;
    judge_run(campaign->options, &campaign->expectation, &plan->point, result, &judgement);
    campaign->done++;
    campaign->runs_ns += result->total_ns;
    if (judgement.verdict == VERDICT_INTERNAL) {
        campaign->internal++;
        (void)snprintf(campaign->internal_text, sizeof campaign->internal_text, "%.190s",
                       judgement.detail);
    } else if (judgement.reached) {
        campaign->reached++;
        candidate->reached = true;
        candidate->early = judgement.early;
        candidate->passed = judgement.verdict == VERDICT_PASS;
        candidate->wait_status = result->wait_status;
        candidate->end_ns = result->end_ns;
        campaign->early += judgement.early;
        campaign->clean += candidate->passed && !judgement.early;
        if (!candidate->passed) {
            finding_add(campaign, number, &judgement, result);
        }
    }
    report_progress(campaign, "runs", campaign->done, campaign->candidates_count);
}

/* A program named by a path is found again from elsewhere. */
static void absolute_command(struct probe_options *options)
{
    if (options->command.count && strchr(options->command.item[0], '/')) {
        char *path = realpath(options->command.item[0], NULL);
        if (path) {
            free(options->command.item[0]);
            options->command.item[0] = path;
        }
    }
}

/* What cannot be written is said before hours are spent on it. */
static bool outputs_writable(const struct probe_options *options, char *out_why)
{
    if (options->save &&
        ((mkdir(options->save, 0777) && errno != EEXIST) || access(options->save, W_OK | X_OK))) {
        (void)snprintf(out_why, 400, "cannot save in '%.200s': %s", options->save, strerror(errno));
        return false;
    }
    FILE *junit = options->junit ? fopen(options->junit, "ae") : NULL;
    if (options->junit && !junit) {
        (void)snprintf(out_why, 400, "cannot write '%.200s': %s", options->junit, strerror(errno));
        return false;
    }
    if (junit) {
        (void)fclose(junit);
    }
    return true;
}

int campaign_begin(struct campaign *campaign, struct probe_options *options, char *out_why)
{
    char why[160] = "";
    *campaign = (struct campaign){ .options = options, .begin_ns = now_ns() };
    absolute_command(options);
    const char *slash = strrchr(options->command.item[0], '/');
    campaign->name = options->name ? options->name : slash ? slash + 1 : options->command.item[0];
    campaign->jobs = options->jobs ? options->jobs : 2 * sysconf(_SC_NPROCESSORS_ONLN);
    if (options->user && !getpwnam(options->user)) {
        (void)snprintf(out_why, 400, "no user '%.60s'", options->user);
        return 3;
    }
    if (!outputs_writable(options, out_why)) {
        return 3;
    }
    campaign->scratch = scratch_new();
    if (!campaign->scratch) {
        (void)snprintf(out_why, 400, "cannot make a scratch directory: %s", strerror(errno));
        return 3;
    }
    handlers_catch();
    bool wanted = !options->isolate || strcmp(options->isolate, "ns") == 0;
    campaign->namespaces = wanted && isolate_permitted(campaign->scratch, why);
    if (!campaign->namespaces) {
        (void)snprintf(campaign->weaker, sizeof campaign->weaker,
                       "%.100s%sruns share pids, ports and files outside the scratch directory",
                       why, why[0] ? ": " : "");
        if (options->pid1) {
            (void)snprintf(out_why, 400, "--pid1 needs a PID namespace: %.160s", why);
            return 3;
        }
    }
    return 0;
}

void campaign_end(struct campaign *campaign)
{
    for (size_t i = 0; i < campaign->findings_count; i++) {
        free(campaign->findings[i].result);
    }
    free(campaign->findings);
    free(campaign->candidates);
    free(campaign->sightings);
    expectation_fini(&campaign->expectation);
}

static bool fails(const struct campaign *campaign, const struct finding *finding)
{
    const struct words *only = &campaign->options->fail_on;
    bool listed = only->count == 0;
    for (size_t i = 0; i < only->count; i++) {
        listed |= strcmp(only->item[i], verdict_word(finding->judgement.verdict)) == 0;
    }
    return listed && finding_counts(finding);
}

static int conclude(struct campaign *campaign)
{
    const struct finding *worst = NULL;
    findings_sort(campaign);
    for (size_t i = 0; i < campaign->findings_count; i++) {
        struct finding *finding = &campaign->findings[i];
        if (campaign->options->save && case_save(campaign, finding)) {
            (void)fprintf(stderr, "curfew: cannot save in '%s': %s\n", campaign->options->save,
                          strerror(errno));
        }
        report_finding(campaign, finding);
        worst = !worst && fails(campaign, finding) ? finding : worst;
    }
    int status = worst ? 1 : campaign->internal || campaign->reached == 0 ? 3 : 0;
    report_summary(campaign, worst         ? verdict_word(worst->judgement.verdict)
                             : status == 3 ? verdict_word(VERDICT_INTERNAL)
                                           : verdict_word(VERDICT_PASS));
    if (campaign->options->junit && report_junit(campaign)) {
        (void)fprintf(stderr, "curfew: cannot write '%s'\n", campaign->options->junit);
        status = 3;
    }
    return status;
}

static void raise_anew(void)
{
    int signo = handlers_noted();
    sigset_t mask;
    if (signo) {
        (void)fflush(stdout);
        (void)signal(signo, SIG_DFL);
        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, signo);
        (void)sigprocmask(SIG_UNBLOCK, &mask, NULL);
        (void)raise(signo);
    }
}

int probe_campaign(struct probe_options *options)
{
    static const struct batch_callbacks callbacks = { next, done };
    struct campaign campaign;
    char why[400] = "";
    int status = campaign_begin(&campaign, options, why);
    if (!status) {
        status = baseline_run(&campaign, why);
    }
    if (!status) {
        points_choose(&campaign);
    } else {
        report_progress_end(&campaign);
        report_unusable(&campaign, why);
        campaign_end(&campaign);
        raise_anew();
        return status;
    }
    report_progress_end(&campaign);
    report_baseline(&campaign);
    campaign.points_ns = now_ns();
    bool whole = batch_run(&callbacks, &campaign, campaign.jobs);
    campaign.points_ns = now_ns() - campaign.points_ns;
    if (whole) {
        findings_confirm(&campaign);
    }
    report_progress_end(&campaign);
    status = conclude(&campaign);
    campaign_end(&campaign);
    raise_anew();
    return status;
}
