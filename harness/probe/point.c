/* SPDX-License-Identifier: MIT
 *
 * point.c -- points as text, for people and for case files.
 */
#include "point.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

const char *const mode_names[MODE_COUNT + 1] = { "before", "entry", "exit", "time", NULL };
const char *const target_names[TARGET_COUNT + 1] = { "auto",  "main",   "process",
                                                     "group", "thread", NULL };

static const char *const syscall_names[] = {
#define X(number, name) [number] = name,
#include "syscalls.inc"
#undef X
};

#define SYSCALL_COUNT ((long)(sizeof syscall_names / sizeof *syscall_names))

const char *syscall_name(long nr)
{
    static char number[16];
    if (nr >= 0 && nr < SYSCALL_COUNT && syscall_names[nr]) {
        return syscall_names[nr];
    }
    (void)snprintf(number, sizeof number, "#%ld", nr);
    return number;
}

long syscall_number(const char *name)
{
    if (*name == '#') {
        return atol(name + 1);
    }
    for (long nr = 0; nr < SYSCALL_COUNT; nr++) {
        if (syscall_names[nr] && strcmp(syscall_names[nr], name) == 0) {
            return nr;
        }
    }
    return -1;
}

int name_index(const char *const *names, const char *word)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

const char *point_text(const struct point *point)
{
    static char text[256];
    if (point->mode == MODE_TIME && point->micros == POINT_WHEN_QUIET) {
        (void)snprintf(text, sizeof text, "once ready and quiet");
    } else if (point->mode == MODE_TIME) {
        (void)snprintf(text, sizeof text, "%.2f ms after the start", point->micros / 1e3);
    } else {
        (void)snprintf(text, sizeof text, "%s %s #%u of %s at %s+0x%" PRIx64,
                       mode_names[point->mode], syscall_name(point->site.nr), point->occurrence,
                       point->site.path, point->site.module, point->site.offset);
    }
    if (point->second) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, ", then %s %u calls later",
                       signal_name(point->second), point->second_after);
    }
    return text;
}

void point_write(const struct point *point, void (*add)(void *context, const char *text),
                 void *context)
{
    char text[128];
#define ADD(...) ((void)snprintf(text, sizeof text, __VA_ARGS__), add(context, text))
    ADD("signal=%s", signal_name(point->signo));
    ADD("mode=%s", mode_names[point->mode]);
    ADD("target=%s", target_names[point->target]);
    if (point->second) {
        ADD("second=%s", signal_name(point->second));
        ADD("second-after=%u", point->second_after);
    }
    if (point->mode == MODE_TIME) {
        ADD("micros=%u", point->micros);
        return;
    }
    ADD("thread=%s", point->site.path);
    ADD("call=%s", syscall_name(point->site.nr));
    ADD("module=%s", point->site.module);
    ADD("offset=0x%" PRIx64, point->site.offset);
    ADD("occurrence=%u", point->occurrence);
    ADD("phase=%s", point->startup ? "startup" : "steady");
#undef ADD
}

static bool read_words(struct point *point, const char *key, const char *value)
{
    int index;
    if (strcmp(key, "mode") == 0) {
        index = name_index(mode_names, value);
        point->mode = index < 0 ? MODE_BEFORE : (enum mode)index;
        return index >= 0;
    }
    if (strcmp(key, "target") == 0) {
        index = name_index(target_names, value);
        point->target = index < 0 ? TARGET_AUTO : (enum target)index;
        return index >= 0;
    }
    if (strcmp(key, "thread") == 0) {
        (void)snprintf(point->site.path, sizeof point->site.path, "%s", value);
        return true;
    }
    if (strcmp(key, "module") == 0) {
        (void)snprintf(point->site.module, sizeof point->site.module, "%s", value);
        return true;
    }
    if (strcmp(key, "phase") == 0) {
        point->startup = strcmp(value, "startup") == 0;
        return true;
    }
    return false;
}

bool point_read(struct point *point, const char *text)
{
    char key[32];
    const char *value = strchr(text, '=');
    if (!value || (size_t)(value - text) >= sizeof key) {
        return false;
    }
    memcpy(key, text, (size_t)(value - text));
    key[value - text] = '\0';
    value++;
    if (strcmp(key, "signal") == 0) {
        return (point->signo = signal_from_name(value)) != 0;
    }
    if (strcmp(key, "second") == 0) {
        return (point->second = signal_from_name(value)) != 0;
    }
    if (strcmp(key, "call") == 0) {
        return (point->site.nr = (int32_t)syscall_number(value)) >= 0;
    }
    char *end;
    if (strcmp(key, "offset") == 0) {
        point->site.offset = strtoull(value, &end, 16);
        return *value != '-' && end != value && *end == '\0';
    }
    static const struct {
        const char *key;
        size_t offset;
    } numbers[] = { { "occurrence", offsetof(struct point, occurrence) },
                    { "micros", offsetof(struct point, micros) },
                    { "second-after", offsetof(struct point, second_after) } };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(key, numbers[i].key) == 0) {
            unsigned long number = strtoul(value, &end, 10);
            *(uint32_t *)(void *)((char *)point + numbers[i].offset) = (uint32_t)number;
            return *value != '-' && end != value && *end == '\0' && number <= UINT32_MAX;
        }
    }
    return read_words(point, key, value);
}
