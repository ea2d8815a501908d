/* SPDX-License-Identifier: MIT
 *
 * sweep_state.c -- the state of a sweep as one JSON object.  It is written whole or not at all, and
 * only behind what was told: what it counts has its seed file.
 */
#include "sweep_state.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

bool sweep_kinds_add(struct sweep_kinds *kinds, uint64_t kind)
{
    uint64_t *grown = realloc(kinds->kinds, (kinds->count + 1) * sizeof grown[0]);
    if (grown == NULL) {
        return false;
    }
    kinds->kinds = grown;
    grown[kinds->count++] = kind;
    return true;
}

/* ---- writing ---- */

static json_t *kinds_array(const struct sweep_kinds *kinds)
{
    json_t *array = json_array();
    char text[24];
    for (size_t at = 0; at < kinds->count; at++) {
        (void)snprintf(text, sizeof text, "%016" PRIx64, kinds->kinds[at]);
        (void)json_array_append_new(array, json_string(text));
    }
    return array;
}

static json_t *levels_array(const struct sweep_result *result)
{
    json_t *array = json_array();
    for (unsigned at = 0; at < SWEEP_LEVEL_COUNT; at++) {
        const struct sweep_coverage *coverage = &result->coverage[at];
        (void)json_array_append_new(
            array, json_pack("[I,I]", (json_int_t)coverage->done, (json_int_t)coverage->total));
    }
    return array;
}

int sweep_state_write(const char *path, const struct sweep_progress *progress)
{
    json_t *array = json_array();
    for (size_t at = 0; at < progress->count; at++) {
        const struct subject *subject = &progress->subjects[at];
        json_t *object = json_pack(
            "{s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I}", "levels", levels_array(&progress->results[at]),
            "kinds", kinds_array(&progress->kinds[at]), "executions",
            (json_int_t)subject->executions, "steps", (json_int_t)subject->steps, "signals",
            (json_int_t)subject->signals, "early", (json_int_t)subject->early, "failures",
            (json_int_t)subject->failures, "verdicts", (json_int_t)subject->verdicts);
        (void)json_array_append_new(array, object);
    }
    json_t *state = json_pack("{s:i,s:s,s:o}", "curfew-sweep", 1, "sweep", progress->identity,
                              "subjects", array);
    char *text = state != NULL ? json_dumps(state, JSON_INDENT(1)) : NULL;
    int status = text != NULL ? file_write(path, text, strlen(text)) : -ENOMEM;
    free(text);
    json_decref(state);
    return status;
}

/* ---- reading ---- */

static bool kinds_read(json_t *array, struct sweep_kinds *kinds)
{
    size_t at;
    json_t *value;
    json_array_foreach(array, at, value)
    {
        char *end = NULL;
        const char *text = json_string_value(value);
        uint64_t kind = text != NULL ? strtoull(text, &end, 16) : 0;
        if (text == NULL || *end != '\0' || !sweep_kinds_add(kinds, kind)) {
            return false;
        }
    }
    return true;
}

static bool levels_read(json_t *array, struct sweep_result *result)
{
    bool valid = json_array_size(array) == SWEEP_LEVEL_COUNT;
    for (unsigned at = 0; at < SWEEP_LEVEL_COUNT && valid; at++) {
        json_int_t done;
        json_int_t total;
        valid = json_unpack(json_array_get(array, at), "[I,I]", &done, &total) == 0 && done >= 0 &&
                total >= done;
        result->coverage[at] =
            valid ? (struct sweep_coverage){ .done = (uint64_t)done, .total = (uint64_t)total }
                  : (struct sweep_coverage){ .done = 0 };
    }
    return valid;
}

static bool subject_read(json_t *object, struct sweep_progress *progress, size_t index)
{
    json_t *levels;
    json_t *kinds;
    json_int_t numbers[6];
    if (json_unpack(object, "{s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I}", "levels", &levels, "kinds", &kinds,
                    "executions", &numbers[0], "steps", &numbers[1], "signals", &numbers[2],
                    "early", &numbers[3], "failures", &numbers[4], "verdicts", &numbers[5]) != 0) {
        return false;
    }
    struct subject *subject = &progress->subjects[index];
    subject->executions = (uint64_t)numbers[0];
    subject->steps = (uint64_t)numbers[1];
    subject->signals = (uint64_t)numbers[2];
    subject->early = (uint64_t)numbers[3];
    subject->failures = (uint64_t)numbers[4];
    subject->verdicts = (uint32_t)numbers[5];
    return levels_read(levels, &progress->results[index]) &&
           kinds_read(kinds, &progress->kinds[index]);
}

int sweep_state_read(const char *path, struct sweep_progress *progress, char error[512])
{
    json_error_t wrong;
    int version = 0;
    const char *identity = "";
    json_t *subjects = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    json_t *state = json_load_file(path, 0, &wrong);
    if (state == NULL || json_unpack(state, "{s:i,s:s,s:o}", "curfew-sweep", &version, "sweep",
                                     &identity, "subjects", &subjects) != 0) {
        (void)snprintf(error, 512, "cannot resume from '%.300s': not the state of a sweep", path);
        json_decref(state);
        return -EINVAL;
    }
    bool valid = version == 1 && strcmp(identity, progress->identity) == 0 &&
                 json_array_size(subjects) == progress->count;
    if (!valid) {
        (void)snprintf(error, 512,
                       "cannot resume from '%.300s': it is of another sweep (other options, or "
                       "another program)",
                       path);
    }
    for (size_t at = 0; at < progress->count && valid; at++) {
        valid = subject_read(json_array_get(subjects, at), progress, at);
        if (!valid) {
            (void)snprintf(error, 512, "cannot resume from '%.300s': it was edited", path);
        }
    }
    json_decref(state);
    return valid ? 0 : -EINVAL;
}
