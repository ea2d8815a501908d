/* SPDX-License-Identifier: MIT
 *
 * options.c -- sets options from text, whoever the text comes from.
 */
#include "options.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

const struct probe_option probe_option_table[] = {
#define X(field, kind, name, argument, help)                                                       \
    { name, PROBE_##kind, argument, help, offsetof(struct probe_options, field), false },
    PROBE_OPTIONS(X)
#undef X
#define X(field, kind, name, argument, help)                                                       \
    { name, PROBE_##kind, argument, help, offsetof(struct probe_options, field), true },
        PROBE_FILE_KEYS(X)
#undef X
            { NULL, PROBE_FLAG, NULL, NULL, 0, true },
};

void words_add(struct words *list, const char *word)
{
    list->item = xrealloc(list->item, (list->count + 2) * sizeof *list->item);
    list->item[list->count++] = xstrdup(word);
    list->item[list->count] = NULL;
}

void words_clear(struct words *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->item[i]);
    }
    free(list->item);
    *list = (struct words){ 0 };
}

bool words_match(const struct words *globs, const char *text)
{
    for (size_t i = 0; i < globs->count; i++) {
        if (fnmatch(globs->item[i], text, 0) == 0) {
            return true;
        }
    }
    return false;
}

static void words_split(struct words *list, const char *text)
{
    char *copy = xstrdup(text);
    char *save = NULL;
    words_clear(list);
    for (char *word = strtok_r(copy, ", ", &save); word; word = strtok_r(NULL, ", ", &save)) {
        words_add(list, word);
    }
    free(copy);
}

static int number_from_text(const char *text, long *out_number)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 0);
    if (errno || end == text || *end || number < 0) {
        return -EINVAL;
    }
    *out_number = number;
    return 0;
}

static int millis_from_text(const char *text, long *out_millis)
{
    static const struct {
        const char *unit;
        double millis;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "", 1000 }, { "m", 60000 }, { "min", 60000 } };
    char *end;
    double number = strtod(text, &end);
    if (end == text || number < 0 || number > 1e6) {
        return -EINVAL;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *out_millis = (long)(number * units[i].millis);
            return 0;
        }
    }
    return -EINVAL;
}

static const struct probe_option *option_find(const char *name)
{
    for (const struct probe_option *option = probe_option_table; option->name; option++) {
        if (strcmp(option->name, name) == 0) {
            return option;
        }
    }
    return NULL;
}

enum probe_option_kind probe_option_kind_of(const char *name)
{
    const struct probe_option *option = option_find(name);
    return option ? option->kind : PROBE_FLAG;
}

int probe_options_set(struct probe_options *options, const char *name, const char *value)
{
    const struct probe_option *option = option_find(name);
    if (!option) {
        return -ENOENT;
    }
    void *field = (char *)options + option->offset;
    switch (option->kind) {
    case PROBE_WORDS:
        words_split(field, value);
        return 0;
    case PROBE_ITEMS:
        words_add(field, value);
        return 0;
    case PROBE_TEXT:
        free(*(char **)field);
        *(char **)field = xstrdup(value);
        return 0;
    case PROBE_NUMBER:
        return number_from_text(value, field);
    case PROBE_MILLIS:
        return millis_from_text(value, field);
    case PROBE_FLAG:
        if (!value || strcmp(value, "true") == 0 || strcmp(value, "yes") == 0) {
            *(bool *)field = true;
            return 0;
        }
        *(bool *)field = false;
        return strcmp(value, "false") == 0 || strcmp(value, "no") == 0 ? 0 : -EINVAL;
    }
    return -EINVAL;
}

void probe_options_init(struct probe_options *options)
{
    *options = (struct probe_options){ 0 };
    words_split(&options->signals, "TERM");
    words_split(&options->at, "before,entry");
    options->target = xstrdup("auto");
    options->phase = xstrdup("all");
    options->points = 200;
    options->seed = 1;
    options->deadline = 5000;
    options->start = 30000;
    options->retry = 10;
}

void probe_options_fini(struct probe_options *options)
{
    for (const struct probe_option *option = probe_option_table; option->name; option++) {
        void *field = (char *)options + option->offset;
        if (option->kind == PROBE_TEXT) {
            free(*(char **)field);
        } else if (option->kind == PROBE_WORDS || option->kind == PROBE_ITEMS) {
            words_clear(field);
        }
    }
    *options = (struct probe_options){ 0 };
}

bool second_read(struct second *out_second, const char *text)
{
    char name[16];
    unsigned from = 1, to = 50;
    int length = 0, whole = (int)strlen(text);
    if (sscanf(text, "%15[A-Z0-9]%n@+%u%n..%u%n", name, &length, &from, &length, &to, &length) ==
        2) {
        to = from;
    }
    *out_second = (struct second){ length == whole ? signal_from_name(name) : 0, from, to };
    return out_second->signo && from > 0 && from <= to;
}

enum ready_kind ready_kind_of(const char *condition, const char **out_value)
{
    static const struct {
        const char *word;
        enum ready_kind kind;
    } kinds[] = { { "tcp:", READY_TCP },   { "udp:", READY_UDP }, { "unix:", READY_UNIX },
                  { "file:", READY_FILE }, { "log:", READY_LOG }, { "cmd:", READY_COMMAND } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i].word);
        if (strncmp(condition, kinds[i].word, length) == 0) {
            *out_value = condition + length;
            return kinds[i].kind;
        }
    }
    *out_value = "";
    return READY_UNKNOWN;
}

int signal_from_name(const char *name)
{
    long number;
    if (number_from_text(name, &number) == 0) {
        return number > 0 && number < 65 ? (int)number : 0;
    }
    if (strncmp(name, "SIG", 3) == 0) {
        name += 3;
    }
    if (strncmp(name, "RTMIN+", 6) == 0 && number_from_text(name + 6, &number) == 0) {
        return number <= SIGRTMAX - SIGRTMIN ? SIGRTMIN + (int)number : 0;
    }
    for (int signo = 1; signo < 32; signo++) {
        const char *abbreviation = sigabbrev_np(signo);
        if (abbreviation && strcmp(abbreviation, name) == 0) {
            return signo;
        }
    }
    return 0;
}

const char *signal_name(int signo)
{
    static char number[16];
    const char *abbreviation = sigabbrev_np(signo);
    if (abbreviation) {
        return abbreviation;
    }
    (void)snprintf(number, sizeof number, "%d", signo);
    return number;
}
