/* SPDX-License-Identifier: MIT
 *
 * casefile.c -- a case file (harness/case) as something to replay: it holds what is to happen, but
 * not what came of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../case/case.h"
#include "session.h"

#define CASE_PREFIX "curfew case "

bool control_is_case(const char *bytes, size_t size)
{
    return size >= strlen(CASE_PREFIX) && memcmp(bytes, CASE_PREFIX, strlen(CASE_PREFIX)) == 0;
}

void control_case_options(const struct execution_case *execution, struct control_options *options)
{
    options->strategy = "case";
    options->seed = execution->seed;
    options->points_access = execution->points_access;
    options->signals_count = case_signals(execution, options->signals);
    options->case_base = execution->base;
    options->records_count = execution->records_count;
    memcpy(options->records, execution->records, sizeof options->records);
}

int control_case_parse(const char *bytes, size_t size, const char *name,
                       struct control_seed *out_seed, char error[512])
{
    struct execution_case execution;
    struct control_options options = control_defaults();
    *out_seed = (struct control_seed){ .verdict = VERDICT_COUNT };
    if (size < CASE_MAGIC_BYTES || memcmp(bytes, CASE_MAGIC, CASE_MAGIC_BYTES) != 0) {
        const char *version = bytes + strlen(CASE_PREFIX);
        size_t length = 0;
        while (version + length < bytes + size && version[length] > ' ' && version[length] <= '~' &&
               length < 20) {
            length++;
        }
        (void)snprintf(error, 512, "cannot read '%s': version %.*s, want 1", name, (int)length,
                       version);
        return -EINVAL;
    }
    case_decode((const uint8_t *)bytes, size, &execution);
    control_case_options(&execution, &options);
    if (!execution.is_program) {
        char text[SCENARIO_TEXT_BYTES];
        (void)scenario_format(&execution.scenario, text, sizeof text);
        out_seed->scenario = strdup(text);
    }
    out_seed->argv = calloc(1, sizeof out_seed->argv[0]);
    if (out_seed->argv == NULL || (!execution.is_program && out_seed->scenario == NULL)) {
        (void)snprintf(error, 512, "cannot read '%s': out of memory", name);
        control_seed_fini(out_seed);
        return -EINVAL;
    }
    (void)snprintf(out_seed->flavour, sizeof out_seed->flavour, "tsan");
    (void)snprintf(out_seed->strategy, sizeof out_seed->strategy, "%s", options.strategy);
    out_seed->seed = execution.seed;
    out_seed->steps_max = options.steps_max;
    out_seed->expected_steps = execution.expected_steps;
    out_seed->points_access = options.points_access;
    out_seed->expect_status = options.expect_status;
    out_seed->deadline_ns = options.deadline_ns;
    out_seed->oracles = options.oracles;
    out_seed->cpus = options.cpus;
    out_seed->signals_count = options.signals_count;
    memcpy(out_seed->signals, options.signals, sizeof out_seed->signals);
    out_seed->case_base = options.case_base;
    out_seed->records_count = options.records_count;
    memcpy(out_seed->records, options.records, sizeof out_seed->records);
    return 0;
}
