/* SPDX-License-Identifier: MIT
 *
 * replay.c -- `curfew replay FILE...`: what kind of file it is stands in its first line, and each
 * kind has its own engine.  The table below is the one place to add a kind.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../control/flavours.h"
#include "../probe/probe.h"
#include "options.h"
#include "replay.h"
#include "values.h"

enum option_id {
    OPTION_TIMES = 1,
    OPTION_JSON,
    OPTION_TRACE,
    OPTION_GDB,
    OPTION_STEP,
    OPTION_QUIET,
    OPTION_FLAVOUR,
    OPTION_OUTPUT,
    OPTION_ASLR,
    OPTION_CPU,
};

static const struct poptOption table[] = {
    OPTION_VALUE(OPTION_TIMES, "times", "how often (1)", "N"),
    OPTION_FLAG(OPTION_TRACE, "trace", "show every step (of a seed file)"),
    OPTION_FLAG(OPTION_GDB, "gdb",
                "start gdb on it, with real threads, stopped at the verdict (of a seed file)"),
    OPTION_VALUE(OPTION_STEP, "step", "with --gdb: stop at this step of the trace, too", "N"),
    OPTION_FLAG(OPTION_JSON, "json", "one JSON object per line on stdout"),
    OPTION_FLAG(OPTION_QUIET, "quiet", "failures only (of a seed file)"),
    OPTION_VALUE(OPTION_FLAVOUR, "flavour",
                 "of the scenario program: " CONTROL_FLAVOUR_WORDS " (the file's)", "WORD"),
    OPTION_HIDDEN(OPTION_OUTPUT, "output", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_ASLR, "aslr", POPT_ARG_NONE),
    OPTION_HIDDEN(OPTION_CPU, "cpu", POPT_ARG_STRING),
    OPTIONS_END,
};

struct kind {
    bool (*is)(const char *first_line);
    int (*replay)(const char *path, const struct replay_request *request);
};

static int replay_probe_case(const char *path, const struct replay_request *request)
{
    if (request->traces || request->gdb || request->program != NULL) {
        return plain_error("replay", STATUS_USAGE,
                           "'%s' is a case of curfew probe: no --trace or --gdb, and no program "
                           "after '--'",
                           path);
    }
    return probe_replay(path, (long)request->times, request->json);
}

static const struct kind kinds[] = {
    { probe_is_case, replay_probe_case },
    { replay_is_seed_file, replay_seed_file },
};

static bool take(void *context, int id, const char *value)
{
    struct replay_request *request = context;
    uint64_t number = 0;
    switch ((enum option_id)id) {
    case OPTION_TIMES:
        if (!value_number(value, 1, 1000000000, &request->times)) {
            (void)usage_error("replay", "option '--times' cannot be '%s'", value);
            return false;
        }
        return true;
    case OPTION_JSON:
        request->json = true;
        return true;
    case OPTION_TRACE:
        request->traces = true;
        return true;
    case OPTION_GDB:
        request->gdb = true;
        return true;
    case OPTION_STEP:
        if (!value_number(value, 0, 1000000000, &number)) {
            (void)usage_error("replay", "option '--step' cannot be '%s'", value);
            return false;
        }
        request->step = number + 1; /* Steps are counted behind them. */
        return true;
    case OPTION_QUIET:
        request->quiet = true;
        return true;
    case OPTION_FLAVOUR:
        request->flavour = control_flavour_find(value);
        if (request->flavour == NULL) {
            (void)usage_error(
                "replay", "option '--flavour' cannot be '%s' (allowed: " CONTROL_FLAVOUR_WORDS ")",
                value);
        }
        return request->flavour != NULL;
    case OPTION_OUTPUT:
        request->outputs = true;
        return true;
    case OPTION_ASLR:
        request->aslr = true;
        return true;
    case OPTION_CPU:
        if (!value_number(value, 0, 1023, &number)) {
            (void)usage_error("replay", "option '--cpu' cannot be '%s'", value);
            return false;
        }
        request->cpu = (int)number;
        return true;
    }
    return false;
}

static int replay_file(const char *path, const struct replay_request *request)
{
    char line[256] = "";
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return plain_error("replay", STATUS_USAGE, "cannot open '%s': %s", path, strerror(errno));
    }
    bool read = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    for (size_t i = 0; read && i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].is(line)) {
            return kinds[i].replay(path, request);
        }
    }
    return plain_error("replay", STATUS_USAGE,
                       "cannot replay '%s': its first line names no kind of case that "
                       "this version knows",
                       path);
}

/* A verdict against the program counts for more than what could not be judged. */
static int worse(int one, int other)
{
    static const int rank[] = {
        [STATUS_PASS] = 0, [STATUS_AGAINST] = 3, [STATUS_USAGE] = 1, [STATUS_UNJUDGED] = 2
    };
    return rank[one] >= rank[other] ? one : other;
}

int verb_replay(const struct verb *verb, const struct arguments *arguments)
{
    struct replay_request request = { .times = 1, .cpu = -1, .program = arguments->program };
    struct options options;
    int status = options_begin(&options, verb, table, arguments, take, &request);
    if (status < 0 && options.names[0] == NULL) {
        status = usage_error("replay", "no file");
    } else if (status < 0 && request.gdb && (request.times != 1 || options.names[1] != NULL)) {
        status = usage_error("replay", "--gdb is for one execution of one file");
    } else if (status < 0 && request.step != 0 && !request.gdb) {
        status = usage_error("replay", "--step is for --gdb");
    } else if (status < 0 && request.program != NULL && request.program[0] == NULL) {
        status = usage_error("replay", "no program after '--'");
    } else if (status < 0) {
        status = STATUS_PASS;
        for (const char **path = options.names; *path != NULL; path++) {
            status = worse(status, replay_file(*path, &request));
        }
    }
    options_end(&options);
    return status;
}
