/* SPDX-License-Identifier: MIT
 *
 * replay_control.c -- `curfew replay` of a seed file: one execution under control, again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "curfew/base.h"
#include "launch.h"
#include "options.h"
#include "outputs.h"
#include "replay.h"
#include "targets.h"

struct state {
    const struct replay_request *request;
    struct outputs *outputs;
    struct subject *subject;
};

bool replay_is_seed_file(const char *first_line)
{
    return strncmp(first_line, "curfew seed ", strlen("curfew seed ")) == 0 ||
           control_is_case(first_line, strlen(first_line));
}

static void tell_execution(void *context, const struct control_record *record)
{
    struct state *state = context;
    if (state->request->outputs && record->output != NULL) {
        (void)fwrite(record->output, 1, record->output_size, stdout);
    }
    if (record->is_failure && record->is_new) {
        struct out_failure told = out_failure_of(state->subject, record);
        outputs_failure(state->outputs, &told);
    } else if (record->trace != NULL && !state->request->json) {
        (void)fputs(record->trace, stdout);
    }
}

static int replay(struct state *state, const char *path)
{
    const struct replay_request *request = state->request;
    struct control_sink sink = { state, tell_execution, NULL };
    struct control_replay asked = {
        .path = path,
        .argv = request->program != NULL ? request->program : state->subject->argv,
        .times = request->times,
        .aslr = request->aslr,
        .cpu = request->cpu,
        .keeps_traces = request->traces,
        .keeps_outputs = request->outputs,
    };
    struct control_result result;
    char *gdb = NULL;
    int found = request->gdb ? launch_find("gdb", &gdb) : 0;
    if (found != 0) {
        return plain_error("replay", STATUS_UNJUDGED, "cannot start 'gdb': %s", strerror(-found));
    }
    asked.debugger = gdb;
    asked.debug_step = request->step;
    uint64_t started_ns = curfew_deadline_after(0);
    outputs_begin(state->outputs);
    int error = control_replay(&asked, &sink, &result);
    free(gdb);
    if (error != 0) {
        return plain_error("replay",
                           error == -EBADMSG || error == -EINVAL ? STATUS_USAGE : STATUS_UNJUDGED,
                           "%s", result.message);
    }
    state->subject->executions = result.executions;
    state->subject->failures = result.failures;
    state->subject->steps = result.steps;
    state->subject->distinct = result.distinct;
    state->subject->verdicts = result.verdicts;
    struct out_result told = { .elapsed_ns = curfew_deadline_after(0) - started_ns };
    out_result_add(&told, &result);
    return outputs_finish(state->outputs, &told, -1);
}

/* What the file executes; the program after '--' instead of it, if there is one.  False: a message
 * has been printed. */
static bool make_subject(const struct control_seed *seed, const char *path, char **program,
                         struct subject *out_subject)
{
    *out_subject = (struct subject){ .name = strdup(path) };
    out_subject->watches_races = strcmp(seed->flavour, "tsan") == 0;
    out_subject->is_scenario = seed->scenario != NULL;
    if (seed->scenario != NULL) {
        out_subject->text = strdup(seed->scenario);
        out_subject->path = targets_find_program(seed->flavour, true);
        if (out_subject->path == NULL && program == NULL) {
            (void)plain_error("replay", STATUS_UNJUDGED,
                              "cannot find the program 'curfew-scenario-control-%s' of '%s': build "
                              "it, or set CURFEW_LIBEXEC to its directory",
                              seed->flavour, path);
            return false;
        }
        out_subject->argv =
            program == NULL ? targets_scenario_argv(out_subject->path, out_subject->text) : NULL;
    } else {
        out_subject->text = targets_command_line(program != NULL ? program : seed->argv);
    }
    if (out_subject->name == NULL || out_subject->text == NULL) {
        (void)plain_error("replay", STATUS_UNJUDGED, "out of memory");
        return false;
    }
    return true;
}

static int replay_as(const struct control_seed *seed, const char *path,
                     const struct replay_request *request, struct subject *subject)
{
    struct curfew_stop stop = CURFEW_STOP_INIT;
    struct control_options options = control_defaults();
    struct targets targets = { subject, 1 };
    struct out_run run = {
        .control = &options,
        .targets = &targets,
        .flavour = seed->flavour,
        .seed = seed->seed,
        .runs = request->times,
        .time_ns = UINT64_MAX,
        .deadline_ns = UINT64_MAX,
        .jobs = 1,
        .quiet = request->quiet,
        .replayed = path,
        .program_named = request->program != NULL,
    };
    struct outputs outputs = { .run = &run, .verb = "replay", .stop = &stop };
    struct state state = { request, &outputs, subject };
    outputs.outs[outputs.count++] = request->json ? out_json() : out_text();
    options.strategy = seed->strategy;
    int status = replay(&state, path);
    curfew_stop_fini(&stop);
    return status;
}

int replay_seed_file(const char *path, const struct replay_request *request)
{
    struct control_seed seed;
    struct subject subject;
    char error[512];
    if (control_seed_read(path, &seed, error) != 0) {
        return plain_error("replay", STATUS_USAGE, "%s", error);
    }
    if (seed.scenario == NULL && seed.argv[0] == NULL && request->program == NULL) {
        control_seed_fini(&seed);
        return plain_error("replay", STATUS_USAGE,
                           "'%s' is a case of a program that it does not name: put the program and "
                           "its arguments behind '--'",
                           path);
    }
    if (request->flavour != NULL) {
        (void)snprintf(seed.flavour, sizeof seed.flavour, "%s", request->flavour);
    }
    int status = make_subject(&seed, path, request->program, &subject)
                     ? replay_as(&seed, path, request, &subject)
                     : STATUS_UNJUDGED;
    subject_fini(&subject);
    control_seed_fini(&seed);
    return status;
}
