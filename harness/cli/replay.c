/* SPDX-License-Identifier: MIT
 *
 * replay.c -- `curfew replay FILE...`: what kind of file it is stands in its first line, and each
 * kind has its own engine.  The table below is the one place to add a kind.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../probe/probe.h"
#include "options.h"
#include "values.h"

enum option_id { OPTION_TIMES = 1, OPTION_JSON };

static const struct poptOption table[] = {
    OPTION_VALUE(OPTION_TIMES, "times", "how often (1)", "N"),
    OPTION_FLAG(OPTION_JSON, "json", "one JSON object per line on stdout"),
    OPTIONS_END,
};

struct request {
    uint64_t times;
    bool json;
};

struct kind {
    bool (*is)(const char *first_line);
    int (*replay)(const char *path, const struct request *request);
};

static int replay_probe_case(const char *path, const struct request *request)
{
    return probe_replay(path, (long)request->times, request->json);
}

static const struct kind kinds[] = {
    { probe_is_case, replay_probe_case },
};

static bool take(void *context, int id, const char *value)
{
    struct request *request = context;
    switch (id) {
    case OPTION_TIMES:
        if (!value_number(value, 1, 1000000000, &request->times)) {
            (void)usage_error("replay", "option '--times' cannot be '%s'", value);
            return false;
        }
        return true;
    case OPTION_JSON:
        request->json = true;
        return true;
    default:
        return false;
    }
}

static int replay_file(const char *path, const struct request *request)
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
    struct request request = { .times = 1 };
    struct options options;
    int status = options_begin(&options, verb, table, arguments, take, &request);
    if (status < 0 && options.names[0] == NULL) {
        status = usage_error("replay", "no file");
    } else if (status < 0) {
        status = STATUS_PASS;
        for (const char **path = options.names; *path != NULL; path++) {
            status = worse(status, replay_file(*path, &request));
        }
    }
    options_end(&options);
    return status;
}
