/* SPDX-License-Identifier: MIT
 *
 * replay.c -- runs a saved case again, as often as asked, and explains it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "campaign.h"
#include "probe.h"
#include "util.h"

struct replay {
    struct campaign campaign;
    struct point point;
    size_t times, started, done, reached, as_found;
    size_t verdicts[VERDICT_COUNT];
    const char *wanted;         /* verdict of the case */
    struct judgement judgement; /* of the run that is explained */
    struct run_result *explained;
};

static const char *found_value(const struct probe_options *options, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < options->found.count; i++) {
        const char *text = options->found.item[i];
        if (strncmp(text, key, length) == 0 && text[length] == '=') {
            return text + length + 1;
        }
    }
    return "";
}

static bool next(void *context, struct run_plan *out_plan, size_t *out_number)
{
    struct replay *replay = context;
    if (replay->started == replay->times) {
        return false;
    }
    *out_plan = campaign_plan(&replay->campaign);
    out_plan->kind = RUN_POINT;
    out_plan->point = replay->point;
    out_plan->explain = replay->started == 0;
    *out_number = replay->started++;
    return true;
}

static void done(void *context, size_t number, const struct run_plan *plan,
                 const struct run_result *result)
{
    struct replay *replay = context;
    struct judgement judgement;
    (void)number;
    judge_run(replay->campaign.options, &replay->campaign.expectation, &replay->point, result,
              &judgement);
    if (!judgement.reached) {
        judgement.verdict =
            judgement.verdict == VERDICT_PASS ? VERDICT_DIVERGED : judgement.verdict;
    }
    replay->done++;
    replay->verdicts[judgement.verdict]++;
    replay->as_found += strcmp(verdict_word(judgement.verdict), replay->wanted) == 0;
    if (plan->explain ||
        (replay->judgement.verdict == VERDICT_PASS && judgement.verdict != VERDICT_PASS)) {
        replay->judgement = judgement;
        *replay->explained = *result;
    }
}

static void report(struct replay *replay, const char *path, bool json)
{
    const struct probe_options *options = replay->campaign.options;
    if (json) {
        json_t *counts = json_object();
        for (int i = 0; i < VERDICT_COUNT; i++) {
            if (replay->verdicts[i]) {
                (void)json_object_set_new(counts, verdict_word((enum verdict)i),
                                          json_integer((json_int_t)replay->verdicts[i]));
            }
        }
        json_t *object =
            json_pack("{s:i,s:s,s:s,s:s,s:I,s:I,s:o}", "v", 1, "event", "replay", "file", path,
                      "expected", replay->wanted, "executions", (json_int_t)replay->done,
                      "as_found", (json_int_t)replay->as_found, "verdicts", counts);
        char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
        (void)puts(text ? text : "{}");
        free(text);
        json_decref(object);
        return;
    }
    (void)printf("replay: %s: %zu of %zu %s\n", path, replay->as_found, replay->done,
                 replay->wanted);
    for (int i = 0; i < VERDICT_COUNT; i++) {
        if (replay->verdicts[i] && strcmp(verdict_word((enum verdict)i), replay->wanted) != 0) {
            (void)printf("  %zu of %zu %s\n", replay->verdicts[i], replay->done,
                         verdict_word((enum verdict)i));
        }
    }
    if (replay->judgement.reached) {
        (void)printf("%s: %s\n", verdict_word(replay->judgement.verdict), replay->judgement.detail);
        report_explanation(stdout, &replay->point, &replay->judgement, replay->explained,
                           found_value(options, "neighbour"));
    }
}

static int status_of(const struct replay *replay)
{
    bool against = false;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        against |=
            replay->verdicts[i] && (verdict_class_of((enum verdict)i) == VERDICT_CLASS_AGAINST);
    }
    return against ? 1 : replay->done && replay->verdicts[VERDICT_PASS] == replay->done ? 0 : 3;
}

static int load(struct replay *replay, struct probe_options *options, const char *path)
{
    char why[256] = "";
    if (probe_options_load(options, path, why)) {
        (void)fprintf(stderr, "curfew: %s\n", why);
        return 2;
    }
    for (size_t i = 0; i < options->point.count; i++) {
        if (!point_read(&replay->point, options->point.item[i])) {
            (void)fprintf(stderr, "curfew: cannot read '%s': point: '%s'\n", path,
                          options->point.item[i]);
            return 2;
        }
    }
    if (replay->point.signo == 0) {
        (void)fprintf(stderr, "curfew: cannot read '%s': no point\n", path);
        return 2;
    }
    replay->wanted = found_value(options, "verdict");
    (void)probe_options_set(options, "signal", signal_name(replay->point.signo));
    (void)probe_options_set(options, "target", target_names[replay->point.target]);
    if (probe_options_check(options, why)) {
        (void)fprintf(stderr, "curfew: cannot read '%s': %s\n", path, why);
        return 2;
    }
    return 0;
}

int probe_replay(const char *path, long times, bool json)
{
    static const struct batch_callbacks callbacks = { next, done };
    struct replay *replay = xcalloc(1, sizeof *replay);
    struct probe_options options;
    char why[400] = "";
    replay->times = (size_t)(times > 0 ? times : 1);
    replay->explained = xcalloc(1, sizeof *replay->explained);
    replay->judgement.verdict = VERDICT_PASS;
    probe_options_init(&options);
    int status = load(replay, &options, path);
    if (!status) {
        options.quiet = true;
        status = campaign_begin(&replay->campaign, &options, why);
        if (!status) {
            status = baseline_run(&replay->campaign, why);
        }
        if (status) {
            report_unusable(&replay->campaign, why);
        } else {
            (void)batch_run(&callbacks, replay, replay->campaign.jobs);
            report(replay, path, json);
            status = status_of(replay);
        }
        campaign_end(&replay->campaign);
    }
    probe_options_fini(&options);
    free(replay->explained);
    free(replay);
    return status;
}
