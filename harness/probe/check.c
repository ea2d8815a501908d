/* SPDX-License-Identifier: MIT
 *
 * check.c -- whether options make sense together, before anything is run.
 *
 * A word that is not understood must not be taken for another one: a condition that can never hold
 * would look like a program that is never ready.
 */
#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../verdict.h"
#include "campaign.h"
#include "options.h"
#include "point.h"
#include "util.h"

__attribute__((format(printf, 2, 3))) static int wrong(char *out_why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(out_why, 256, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static int check_signals(const struct probe_options *options, char *out_why)
{
    if (options->signals.count == 0) {
        return wrong(out_why, "no signal");
    }
    if (options->signals.count > SIGNALS_MAX) {
        return wrong(out_why, "more than %d signals", SIGNALS_MAX);
    }
    for (size_t i = 0; i < options->signals.count; i++) {
        if (!signal_from_name(options->signals.item[i])) {
            return wrong(out_why, "no such signal '%.60s'", options->signals.item[i]);
        }
    }
    struct second second;
    if (options->second && !second_read(&second, options->second)) {
        return wrong(out_why, "cannot read --second '%.60s': want NAME@+A..B", options->second);
    }
    return 0;
}

static int check_words(const struct probe_options *options, char *out_why)
{
    static const char *const phases[] = { "startup", "steady", "all", NULL };
    static const char *const isolations[] = { "ns", "none", NULL };
    for (size_t i = 0; i < options->at.count; i++) {
        if (name_index(mode_names, options->at.item[i]) < 0) {
            return wrong(out_why, "no such mode '%.60s'", options->at.item[i]);
        }
    }
    if (options->at.count == 0) {
        return wrong(out_why, "no mode");
    }
    if (name_index(target_names, options->target) < 0) {
        return wrong(out_why, "no such target '%.60s'", options->target);
    }
    if (name_index(phases, options->phase) < 0) {
        return wrong(out_why, "no such phase '%.60s'", options->phase);
    }
    if (options->isolate && name_index(isolations, options->isolate) < 0) {
        return wrong(out_why, "--isolate is 'ns' or 'none'");
    }
    for (size_t i = 0; i < options->fail_on.count; i++) {
        bool known = false;
        for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
            known |= strcmp(options->fail_on.item[i], verdict_word((enum verdict)verdict)) == 0;
        }
        if (!known) {
            return wrong(out_why, "no such verdict '%.60s'", options->fail_on.item[i]);
        }
    }
    for (size_t i = 0; i < options->env.count; i++) {
        if (!strchr(options->env.item[i], '=') || options->env.item[i][0] == '=') {
            return wrong(out_why, "--env '%.60s' is not NAME=VALUE", options->env.item[i]);
        }
    }
    return 0;
}

static int check_statuses(const struct words *list, const char *name, char *out_why)
{
    for (size_t i = 0; i < list->count; i++) {
        char *end;
        long status = strtol(list->item[i], &end, 10);
        if (end == list->item[i] || *end || status < 0 || status > 255) {
            return wrong(out_why, "--%s: '%.60s' is no exit status", name, list->item[i]);
        }
    }
    return 0;
}

static int check_numbers(const struct probe_options *options, char *out_why)
{
    static const struct {
        const char *name;
        size_t offset;
        long least, most;
    } ranges[] = {
        { "points", offsetof(struct probe_options, points), 1, 1000000 },
        { "jobs", offsetof(struct probe_options, jobs), 0, 1024 },
        { "retry", offsetof(struct probe_options, retry), 0, 1000000 },
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        long number;
        memcpy(&number, (const char *)options + ranges[i].offset, sizeof number);
        if (number < ranges[i].least || number > ranges[i].most) {
            return wrong(out_why, "--%s is %ld to %ld", ranges[i].name, ranges[i].least,
                         ranges[i].most);
        }
    }
    if (options->deadline <= 0 || options->start <= 0) {
        return wrong(out_why, "--deadline and --start must be more than 0");
    }
    int result = check_statuses(&options->expect_status, "expect-status", out_why);
    return result ? result : check_statuses(&options->early_status, "early-status", out_why);
}

static int check_ready(const char *condition, char *out_why)
{
    const char *value;
    enum ready_kind kind = ready_kind_of(condition, &value);
    char *end = NULL;
    regex_t regex;
    switch (kind) {
    case READY_TCP:
    case READY_UDP:
        if (strtoul(value, &end, 10) - 1 >= 65535 || *end) {
            return wrong(out_why, "--ready '%.60s': no such port", condition);
        }
        return 0;
    case READY_LOG:
        if (regcomp(&regex, value, REG_EXTENDED | REG_NOSUB | REG_NEWLINE)) {
            return wrong(out_why, "--ready '%.60s': not a regular expression", condition);
        }
        regfree(&regex);
        return 0;
    case READY_UNIX:
    case READY_FILE:
    case READY_COMMAND:
        return *value ? 0 : wrong(out_why, "--ready '%.60s' names nothing", condition);
    case READY_UNKNOWN:
        break;
    }
    return wrong(out_why,
                 "--ready '%.60s': want tcp:, udp:, unix:, file:, log: or cmd:", condition);
}

int probe_options_check(const struct probe_options *options, char *out_why)
{
    if (options->command.count == 0) {
        return wrong(out_why, "no program");
    }
    int result = check_signals(options, out_why);
    if (!result) {
        result = check_words(options, out_why);
    }
    if (!result) {
        result = check_numbers(options, out_why);
    }
    for (size_t i = 0; !result && i < options->ready.count; i++) {
        result = check_ready(options->ready.item[i], out_why);
    }
    return result;
}
