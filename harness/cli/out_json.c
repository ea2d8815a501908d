/* SPDX-License-Identifier: MIT
 *
 * out_json.c -- one JSON object per line on stdout; the last is the summary.  64-bit numbers that
 * may exceed what a double holds are strings.  Fields are added, never changed.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "out.h"
#include "targets.h"

/* Prints an object as a line, and frees it. */
static int print_line(json_t *object, const char **out_what)
{
    *out_what = "stdout";
    if (object == NULL) {
        return -ENOMEM;
    }
    int status = json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(object);
    (void)fputc('\n', stdout);
    int flushed = stdout_flush();
    return flushed == 0 && status != 0 ? -ENOMEM : flushed;
}

/* A string of any bytes: what is no UTF-8 is replaced. */
static json_t *any_text(const char *text)
{
    if (text == NULL) {
        return json_null();
    }
    json_t *value = json_string(text);
    if (value != NULL) {
        return value;
    }
    char *copy = strdup(text);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        *at = (unsigned char)*at < 0x80 ? *at : '?';
    }
    value = json_string(copy != NULL ? copy : "");
    free(copy);
    return value;
}

/* Three decimals: microseconds of what is in ms. */
static double rounded(double number)
{
    return round(number * 1000) / 1000;
}

static json_t *number_text(uint64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    return json_string(text);
}

static int json_begin(void *state, const struct out_run *run, const char **out_what)
{
    (void)state;
    json_t *object = json_pack("{s:i,s:s,s:o,s:I,s:b}", "v", 1, "event", "start", "seed",
                               number_text(run->seed), "jobs", (json_int_t)run->jobs, "tsan",
                               (int)run->targets->subjects[0].watches_races);
    if (object != NULL && run->fuzz != NULL) {
        (void)json_object_set_new(object, "engine", json_string(run->fuzz->engine));
        (void)json_object_set_new(object, "output", any_text(run->fuzz->output));
    } else if (object != NULL && run->control != NULL) {
        (void)json_object_set_new(object, "strategy", any_text(run->control->strategy));
    } else if (object != NULL) {
        (void)json_object_set_new(object, "deadline_seconds",
                                  json_real(rounded((double)run->deadline_ns / 1e9)));
    }
    return print_line(object, out_what);
}

static json_t *signals_array(const struct plan *plan, const struct plan_anchors *anchors)
{
    json_t *array = json_array();
    for (uint32_t index = 0; index < plan->count; index++) {
        const struct plan_item *item = &plan->items[index];
        double at_ms =
            item->sent > 0 ? rounded((double)(item->first_ns - anchors->started_ns) / 1e6) : -1;
        (void)json_array_append_new(array,
                                    json_pack("{s:s,s:I,s:f,s:f}", "signal",
                                              scenario_signal_name(item->signal->signo), "sent",
                                              (json_int_t)item->sent, "at_ms", at_ms, "delay_ms",
                                              rounded((double)item->delay_ns / 1e6)));
    }
    return array;
}

static json_t *verdicts_array(uint32_t set)
{
    json_t *array = json_array();
    for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        if ((set & VERDICT_BIT(verdict)) != 0) {
            (void)json_array_append_new(array, json_string(verdict_word((enum verdict)verdict)));
        }
    }
    return array;
}

static char *text_of(void (*describe)(const struct out_run *, const struct out_failure *, FILE *),
                     const struct out_run *run, const struct out_failure *failure)
{
    char *text = NULL;
    size_t text_bytes;
    FILE *file = open_memstream(&text, &text_bytes);
    if (file != NULL) {
        describe(run, failure, file);
        (void)fclose(file);
    }
    return text;
}

static void add_real(json_t *object, const struct execution *execution)
{
    (void)json_object_set_new(object, "signals",
                              signals_array(&execution->plan, &execution->anchors));
    (void)json_object_set_new(object, "late", any_text(execution->late_text));
    (void)json_object_set_new(object, "backtrace", any_text(execution->backtrace));
    (void)json_object_set_new(
        object, "report",
        any_text(execution->named != NULL ? execution->named : execution->report));
}

static void add_control(json_t *object, const struct control_record *record)
{
    char hash[24];
    (void)snprintf(hash, sizeof(hash), "%016" PRIx64, record->outcome.hash);
    (void)json_object_set_new(object, "step", json_integer((json_int_t)record->outcome.steps));
    (void)json_object_set_new(object, "hash", json_string(hash));
    (void)json_object_set_new(object, "outside", json_boolean(record->outcome.outside));
    (void)json_object_set_new(object, "report", any_text(record->report));
    (void)json_object_set_new(object, "output", any_text(record->output));
    if (record->trace != NULL) {
        (void)json_object_set_new(object, "trace", any_text(record->trace));
    }
}

static int json_failure(void *state, const struct out_run *run, const struct out_failure *failure,
                        const char **out_what)
{
    (void)state;
    const struct subject *subject = failure->subject;
    char *reproduce = text_of(describe_reproduce, run, failure);
    char *path = describe_file(run, failure);
    json_t *object = json_pack(
        "{s:i,s:s,s:s,s:o,s:o,s:o,s:I,s:o,s:o,s:o,s:o}", "v", 1, "event", "failure", "verdict",
        verdict_word(failure->verdict), "earned", verdicts_array(failure->earned), "name",
        any_text(subject->name), subject->is_scenario ? "scenario" : "command",
        any_text(subject->text), "execution", (json_int_t)failure->execution, "seed",
        number_text(failure->seed), "reasons", any_text(failure->reasons), "file", any_text(path),
        "reproduce", any_text(reproduce));
    if (object != NULL && failure->control != NULL) {
        add_control(object, failure->control);
    } else if (object != NULL) {
        add_real(object, failure->real->execution);
    }
    free(path);
    free(reproduce);
    return print_line(object, out_what);
}

/* What was swept: of each level that was begun, how many executions there are, and were. */
static void add_sweep(json_t *object, const struct subject *subject,
                      const struct sweep_result *sweep)
{
    json_t *levels = json_object();
    for (unsigned at = 0; at < SWEEP_LEVEL_COUNT; at++) {
        const struct sweep_coverage *coverage = &sweep->coverage[at];
        if (coverage->total > 0) {
            (void)json_object_set_new(
                levels, sweep_level_word((enum sweep_level)at),
                json_pack("{s:I,s:I,s:I,s:b}", "done", (json_int_t)coverage->done, "shard",
                          (json_int_t)coverage->mine, "total",
                          (json_int_t)(coverage->about > 0 ? coverage->about : coverage->total),
                          "estimated", coverage->about > 0));
        }
    }
    (void)json_object_set_new(object, "early", json_integer((json_int_t)subject->early));
    (void)json_object_set_new(object, "points", json_integer((json_int_t)sweep->points));
    (void)json_object_set_new(object, "endless", json_boolean(sweep->endless));
    (void)json_object_set_new(object, "coverage", levels);
}

/* What its executions came to, if that was asked for. */
static void add_outcomes(json_t *object, const struct outcomes *outcomes)
{
    json_t *array = json_array();
    char end[24];
    for (size_t index = 0; index < outcomes->count; index++) {
        const struct tallied *tallied = &outcomes->tallied[index];
        const struct outcome *outcome = &tallied->outcome;
        (void)json_array_append_new(
            array, json_pack("{s:s,s:o,s:b,s:s,s:o,s:I,s:I}", "verdict",
                             verdict_word(verdict_first(outcome->earned)), "earned",
                             verdicts_array(outcome->earned), "early", (int)outcome->early, "end",
                             outcome_end(outcome, end), "debts", any_text(outcome->debts), "count",
                             (json_int_t)tallied->count, "first", (json_int_t)tallied->first));
    }
    (void)json_object_set_new(object, "outcomes", array);
    (void)json_object_set_new(object, "other_outcomes", json_integer((json_int_t)outcomes->others));
}

/* A line for each scenario or program. */
static json_t *subject_object(const struct out_run *run, const struct subject *subject)
{
    json_t *object = json_pack(
        "{s:i,s:s,s:o,s:o,s:s,s:o,s:I,s:I}", "v", 1, "event", "scenario", "name",
        any_text(subject->name), subject->is_scenario ? "scenario" : "command",
        any_text(subject->text), "verdict", verdict_word(verdict_of_all(subject->verdicts)),
        "reason", any_text(subject->reason[0] != '\0' ? subject->reason : NULL), "executions",
        (json_int_t)subject->executions, "failures", (json_int_t)subject->failures);
    if (object != NULL && run->fuzz != NULL) {
        return object;
    }
    if (object != NULL && run->control != NULL) {
        (void)json_object_set_new(object, "steps", json_integer((json_int_t)subject->steps));
        (void)json_object_set_new(object, "distinct", json_integer((json_int_t)subject->distinct));
    } else if (object != NULL) {
        (void)json_object_set_new(object, "signals", json_integer((json_int_t)subject->signals));
        (void)json_object_set_new(object, "early", json_integer((json_int_t)subject->early));
        (void)json_object_set_new(object, "slowest_stop_ms",
                                  json_real(rounded((double)subject->slowest_stop_ns / 1e6)));
    }
    return object;
}

static int json_end(void *state, const struct out_run *run, const struct out_result *result,
                    const char **out_what)
{
    (void)state;
    int status = 0;
    for (size_t index = 0; index < run->targets->count && status == 0; index++) {
        json_t *subject = subject_object(run, &run->targets->subjects[index]);
        if (subject != NULL && run->sweep != NULL) {
            add_sweep(subject, &run->targets->subjects[index], &run->sweep[index]);
        }
        if (subject != NULL && run->outcomes != NULL) {
            add_outcomes(subject, &run->outcomes[index]);
        }
        status = print_line(subject, out_what);
    }
    if (status != 0) {
        return status;
    }
    bool controlled = run->control != NULL && run->fuzz == NULL;
    json_t *object =
        json_pack("{s:i,s:s,s:s,s:I,s:I,s:I,s:o,s:b,s:f}", "v", 1, "event", "summary", "verdict",
                  verdict_word(verdict_of_all(result->verdicts)), "executions",
                  (json_int_t)result->executions, "failures", (json_int_t)result->failures,
                  "distinct", (json_int_t)(controlled ? result->distinct : result->kinds), "seed",
                  number_text(run->seed), "interrupted", (int)result->interrupted, "seconds",
                  rounded((double)result->elapsed_ns / 1e9));
    if (object != NULL && controlled) {
        (void)json_object_set_new(object, "steps", json_integer((json_int_t)result->steps));
        (void)json_object_set_new(object, "kinds", json_integer((json_int_t)result->kinds));
        (void)json_object_set_new(object, "outside", json_integer((json_int_t)result->outside));
    } else if (object != NULL && run->fuzz != NULL) {
        (void)json_object_set_new(object, "stability",
                                  result->stability >= 0 ? json_real(rounded(result->stability))
                                                         : json_null());
    } else if (object != NULL) {
        (void)json_object_set_new(object, "signals", json_integer((json_int_t)result->signals));
        (void)json_object_set_new(object, "early", json_integer((json_int_t)result->early));
    }
    return print_line(object, out_what);
}

struct out out_json(void)
{
    return (struct out){ .begin = json_begin, .failure = json_failure, .end = json_end };
}
