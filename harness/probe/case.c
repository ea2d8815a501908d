/* SPDX-License-Identifier: MIT
 *
 * case.c -- saves a finding as a case file.
 *
 * A case file is a configuration file with a point, and what was seen there.  It holds sites, not
 * counts, so that it survives whatever shifts the counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign.h"
#include "probe.h"
#include "sites.h"
#include "util.h"

bool probe_is_case(const char *first_line)
{
    return strncmp(first_line, PROBE_CASE_LINE, strlen(PROBE_CASE_LINE)) == 0;
}

/* A JSON string is a YAML scalar. */
static void write_scalar(FILE *file, const char *text)
{
    json_t *string = json_stringn_nocheck(text, strlen(text));
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;
    (void)fputs(quoted ? quoted : "\"?\"", file);
    free(quoted);
    json_decref(string);
}

static void write_list(FILE *file, const char *name, const struct words *list)
{
    (void)fprintf(file, "%s:\n", name);
    for (size_t i = 0; i < list->count; i++) {
        (void)fputs("  - ", file);
        write_scalar(file, list->item[i]);
        (void)fputc('\n', file);
    }
}

/* What concerns a campaign and not the program. */
static bool is_for_campaigns(const char *name)
{
    static const char *const names[] = { "signal", "second", "at",       "target", "points",
                                         "seed",   "phase",  "jobs",     "retry",  "fail-on",
                                         "save",   "json",   "junit",    "quiet",  "config",
                                         "point",  "found",  "packages", NULL };
    return name_index(names, name) >= 0;
}

static void write_option(FILE *file, const struct probe_options *options,
                         const struct probe_option *option)
{
    const void *field = (const char *)options + option->offset;
    const struct words *list = field;
    switch (option->kind) {
    case PROBE_WORDS:
        if (list->count) {
            (void)fprintf(file, "%s: \"", option->name);
            for (size_t i = 0; i < list->count; i++) {
                (void)fprintf(file, "%s%s", i ? "," : "", list->item[i]);
            }
            (void)fputs("\"\n", file);
        }
        return;
    case PROBE_ITEMS:
        if (list->count) {
            write_list(file, option->name, list);
        }
        return;
    case PROBE_TEXT:
        if (*(char *const *)field) {
            (void)fprintf(file, "%s: ", option->name);
            write_scalar(file, *(char *const *)field);
            (void)fputc('\n', file);
        }
        return;
    case PROBE_NUMBER:
        (void)fprintf(file, "%s: %ld\n", option->name, *(const long *)field);
        return;
    case PROBE_MILLIS:
        (void)fprintf(file, "%s: %ldms\n", option->name, *(const long *)field);
        return;
    case PROBE_FLAG:
        if (*(const bool *)field) {
            (void)fprintf(file, "%s: yes\n", option->name);
        }
        return;
    }
}

static void add_word(void *context, const char *text)
{
    words_add(context, text);
}

static void add_found(struct words *found, const char *key, const char *value)
{
    char *text = xasprintf("%s=%s", key, value);
    words_add(found, text);
    free(text);
}

static void write_case(FILE *file, const struct campaign *campaign, const struct finding *finding)
{
    const struct point *point = &campaign->candidates[finding->candidate].point;
    struct words words = { 0 };
    char rate[64];
    (void)fprintf(file, "%s\n# Replay: curfew replay THIS-FILE --times=10\n", PROBE_CASE_LINE);
    for (const struct probe_option *option = probe_option_table; option->name; option++) {
        if (!is_for_campaigns(option->name)) {
            write_option(file, campaign->options, option);
        }
    }
    point_write(point, add_word, &words);
    write_list(file, "point", &words);
    words_clear(&words);
    (void)snprintf(rate, sizeof rate, "%u of %u", finding->again, finding->tries);
    add_found(&words, "verdict", verdict_word(finding->judgement.verdict));
    add_found(&words, "detail", finding->judgement.detail);
    add_found(&words, "again", rate);
    add_found(&words, "where", finding->result->where);
    if (finding->neighbour[0]) {
        add_found(&words, "neighbour", finding->neighbour);
    }
    if (finding->result->stack[0]) {
        add_found(&words, "stack", finding->result->stack);
    }
    if (finding->result->dump[0]) {
        add_found(&words, "dump", finding->result->dump);
    }
    write_list(file, "found", &words);
    words_clear(&words);
}

int case_save(const struct campaign *campaign, struct finding *finding)
{
    const struct point *point = &campaign->candidates[finding->candidate].point;
    const char *directory = campaign->options->save;
    uint64_t hash =
        hash_bytes(site_hash(&point->site), &point->occurrence, sizeof point->occurrence);
    (void)mkdir(directory, 0777);
    (void)snprintf(finding->file, sizeof finding->file, "%.300s/%.60s-%s-%s-%s-%08x.case",
                   directory, campaign->name, verdict_word(finding->judgement.verdict),
                   signal_name(point->signo), mode_names[point->mode],
                   (unsigned)(hash ^ finding->judgement.signature));
    /* First under another name: a full disk must not leave half a case that looks whole. */
    char *partial = xasprintf("%s.part", finding->file);
    FILE *file = fopen(partial, "we");
    int result = file ? 0 : -errno;
    if (file) {
        write_case(file, campaign, finding);
        errno = 0;
        if (ferror(file) | fclose(file)) {
            result = errno ? -errno : -EIO;
        }
    }
    if (!result && rename(partial, finding->file)) {
        result = -errno;
    }
    if (result) {
        (void)unlink(partial);
        finding->file[0] = '\0';
        errno = -result;
    }
    free(partial);
    return result;
}
