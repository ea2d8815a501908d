/* SPDX-License-Identifier: MIT
 *
 * report.c -- what a campaign says: text or JSON lines on standard output, progress on standard
 * error, JUnit in a file.
 */
#include <inttypes.h>
#include <jansson.h>
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign.h"
#include "util.h"

static void print_json(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (text) {
        (void)puts(text);
        (void)fflush(stdout);
    }
    free(text);
    json_decref(object);
}

/* Programs print what they like; JSON and XML want UTF-8. */
static const char *printable(const char *text)
{
    static char buffer[8192];
    size_t length = 0;
    for (; *text && length < sizeof buffer - 1; text++) {
        unsigned char byte = (unsigned char)*text;
        buffer[length++] =
            (byte >= 32 && byte < 127) || byte == '\n' || byte == '\t' ? (char)byte : '?';
    }
    buffer[length] = '\0';
    return buffer;
}

/* What a program has printed, as part of a message of one line. */
static const char *one_line(const char *text)
{
    static char line[512];
    size_t length = 0;
    for (; *text && length < sizeof line - 1; text++) {
        bool blank = *text == '\n' || *text == ' ';
        if (!blank || (length && line[length - 1] != ' ')) {
            line[length++] = blank ? ' ' : *text;
        }
    }
    line[length] = '\0';
    while (length && line[length - 1] == ' ') {
        line[--length] = '\0';
    }
    return line;
}

void report_unusable(const struct campaign *campaign, const char *why)
{
    why = one_line(printable(why));
    if (campaign->options->json) {
        print_json(json_pack("{s:i,s:s,s:s,s:s}", "v", 1, "event", "error", "verdict",
                             "unsupported", "detail", why));
    }
    (void)fprintf(stderr, "curfew: %s: %s\n", campaign->name, why);
}

void report_baseline(const struct campaign *campaign)
{
    const struct expectation *e = &campaign->expectation;
    if (campaign->options->json) {
        print_json(json_pack(
            "{s:i,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:b,s:b,s:s}", "v", 1, "event", "baseline", "program",
            campaign->name, "sites", (json_int_t)campaign->sightings_count, "calls",
            (json_int_t)e->calls, "ready_us", (json_int_t)(e->ready_ns / 1000), "stop_us",
            (json_int_t)(e->stop_ns / 1000), "points", (json_int_t)campaign->candidates_count,
            "daemonises", e->daemonises, "restarts", e->restarts, "weaker", campaign->weaker));
        return;
    }
    (void)printf("probe: %s, %zu points, seed %ld, %ld jobs\n", campaign->name,
                 campaign->candidates_count, campaign->options->seed, campaign->jobs);
    if (campaign->weaker[0]) {
        (void)printf("weaker: %s\n", campaign->weaker);
    }
    if (e->ends_itself) {
        (void)printf("baseline: %d of %d end by themselves, %s;", BASELINE_RUNS, BASELINE_RUNS,
                     status_text(e->statuses[0]));
    } else {
        (void)printf("baseline: %d of %d end %.1f ms after %s, %s; ready after %.0f ms;",
                     BASELINE_RUNS, BASELINE_RUNS, (double)e->stop_ns / 1e6,
                     signal_name(campaign->signals[0]), status_text(e->statuses[0]),
                     (double)e->ready_ns / 1e6);
    }
    (void)printf(
        " %" PRIu64 " calls at %zu sites, %u tasks%s%s\n", e->calls, campaign->sightings_count,
        e->threads, e->daemonises ? ", daemonises" : "",
        e->restarts ? "" : "; does not start again after a clean stop: restarts are not judged");
    (void)fflush(stdout);
}

void report_progress(struct campaign *campaign, const char *what, size_t done, size_t all)
{
    if (campaign->options->quiet || !isatty(STDERR_FILENO) ||
        now_ns() - campaign->shown_ns < 200000000u) {
        return;
    }
    campaign->shown_ns = now_ns();
    double seconds = (double)(now_ns() - campaign->begin_ns) / 1e9;
    double left = done ? seconds * (double)(all - done) / (double)done : 0;
    (void)fprintf(stderr, "\r%s: %s %zu of %zu, %zu findings, %.1f/s, %.0f s left\033[K",
                  campaign->name, what, done, all, campaign->findings_count, (double)done / seconds,
                  left);
}

void report_progress_end(const struct campaign *campaign)
{
    if (campaign->shown_ns) {
        (void)fputs("\r\033[K", stderr);
    }
}

static void print_block(FILE *out, const char *title, const char *text)
{
    if (!*text) {
        return;
    }
    (void)fprintf(out, "  %s\n", title);
    for (const char *line = text; *line;) {
        line += strspn(line, " ");
        size_t length = strcspn(line, "\n");
        (void)fprintf(out, "    %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

void report_explanation(FILE *out, const struct point *point, const struct judgement *judgement,
                        const struct run_result *result, const char *neighbour)
{
    (void)fprintf(out, "  %s %s, while the program was %s; its action was %s\n",
                  signal_name(point->signo), point_text(point),
                  result->ready ? "ready" : "starting",
                  result->was_ignored   ? "to ignore it"
                  : result->early       ? "the default"
                  : result->was_blocked ? "to wait for it: all threads blocked it"
                                        : "a handler");
    if (result->where[0]) {
        (void)fprintf(out, "  hit: %s\n", result->where);
    }
    print_block(out, "stack there:", result->stack);
    if (result->end >= RUN_ENDED && result->end <= RUN_LOST) {
        (void)fprintf(out, "  after it: %s, %.1f ms later%s\n", status_text(result->wait_status),
                      (double)result->end_ns / 1e6,
                      judgement->verdict == VERDICT_LOST ? ", after the signal was sent again"
                                                         : "");
    } else {
        (void)fprintf(out, "  after it: still there after %.1f s\n", (double)result->end_ns / 1e9);
    }
    print_block(out, "threads then:", result->dump);
    if (result->left_count && judgement->verdict == VERDICT_LEFTOVER) {
        for (uint32_t i = 0; i < result->left_count && i < LEFT_MAX; i++) {
            (void)fprintf(out, "  left: %s\n", result->left[i]);
        }
    }
    if (neighbour && *neighbour) {
        (void)fprintf(out, "  the nearest point where all is well: %s\n", neighbour);
    }
    print_block(out, "it printed last:", result->output);
}

void report_finding(const struct campaign *campaign, const struct finding *finding)
{
    const struct point *point = &campaign->candidates[finding->candidate].point;
    const struct judgement *judgement = &finding->judgement;
    const char *word = verdict_word(judgement->verdict);
    if (campaign->options->json) {
        print_json(json_pack("{s:i,s:s,s:s,s:i,s:s,s:s,s:s,s:i,s:i,s:i,s:b,s:s,s:s}", "v", 1,
                             "event", "failure", "verdict", word, "severity", judgement->severity,
                             "detail", printable(judgement->detail), "signal",
                             signal_name(point->signo), "point", point_text(point), "points",
                             (int)finding->points, "again", (int)finding->again, "tries",
                             (int)finding->tries, "startup", !finding->result->ready, "where",
                             finding->result->where, "file", finding->file));
        return;
    }
    (void)printf("%s %s: %s\n", finding_counts(finding) ? "FAIL" : "SEEN ONCE", word,
                 judgement->detail);
    (void)printf("  severity %d, at %u points, again in %u of %u\n", judgement->severity,
                 finding->points, finding->again, finding->tries);
    report_explanation(stdout, point, judgement, finding->result, finding->neighbour);
    if (finding->file[0]) {
        (void)printf("  reproduce: curfew replay %s\n", finding->file);
    }
}

void report_summary(const struct campaign *campaign, const char *verdict)
{
    double seconds = (double)(now_ns() - campaign->begin_ns) / 1e9;
    double rate =
        campaign->points_ns ? (double)campaign->done * 1e9 / (double)campaign->points_ns : 0;
    size_t failures = 0;
    for (size_t i = 0; i < campaign->findings_count; i++) {
        failures += finding_counts(&campaign->findings[i]);
    }
    if (campaign->options->json) {
        print_json(json_pack(
            "{s:i,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:f,s:f}", "v", 1, "event", "summary",
            "program", campaign->name, "verdict", verdict, "executions", (json_int_t)campaign->done,
            "reached", (json_int_t)campaign->reached, "clean", (json_int_t)campaign->clean, "early",
            (json_int_t)campaign->early, "failures", (json_int_t)failures, "internal",
            (json_int_t)campaign->internal, "rate", rate, "seconds", seconds));
        return;
    }
    (void)printf("%zu runs: %zu clean, %zu early default deaths, %zu not reached, %zu findings; "
                 "%.1f runs/s, "
                 "%.0f s in all\n",
                 campaign->done, campaign->clean, campaign->early,
                 campaign->done - campaign->reached - campaign->internal, failures, rate, seconds);
    if (campaign->reached && campaign->early == campaign->reached) {
        (void)puts(
            "it never had a handler: each time the signal's default action ended it, by design");
    }
    if (campaign->internal) {
        (void)printf("%zu runs could not be judged: %s\n", campaign->internal,
                     campaign->internal_text);
    }
    (void)fflush(stdout);
}

static void write_case(xmlTextWriterPtr writer, const char *name, const char *verdict,
                       const char *detail)
{
    (void)xmlTextWriterStartElement(writer, BAD_CAST "testcase");
    (void)xmlTextWriterWriteAttribute(writer, BAD_CAST "name", BAD_CAST name);
    (void)xmlTextWriterWriteAttribute(writer, BAD_CAST "classname", BAD_CAST "curfew.probe");
    if (verdict) {
        (void)xmlTextWriterStartElement(writer, BAD_CAST "failure");
        (void)xmlTextWriterWriteAttribute(writer, BAD_CAST "type", BAD_CAST verdict);
        (void)xmlTextWriterWriteAttribute(writer, BAD_CAST "message", BAD_CAST printable(detail));
        (void)xmlTextWriterEndElement(writer);
    }
    (void)xmlTextWriterEndElement(writer);
}

int report_junit(const struct campaign *campaign)
{
    xmlTextWriterPtr writer = xmlNewTextWriterFilename(campaign->options->junit, 0);
    if (!writer) {
        return -1;
    }
    (void)xmlTextWriterSetIndent(writer, 1);
    (void)xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
    (void)xmlTextWriterStartElement(writer, BAD_CAST "testsuite");
    (void)xmlTextWriterWriteAttribute(writer, BAD_CAST "name", BAD_CAST campaign->name);
    for (size_t i = 0; i < campaign->findings_count; i++) {
        const struct finding *finding = &campaign->findings[i];
        if (finding_counts(finding)) {
            write_case(writer, point_text(&campaign->candidates[finding->candidate].point),
                       verdict_word(finding->judgement.verdict), finding->judgement.detail);
        }
    }
    if (campaign->findings_count == 0) {
        write_case(writer, "all points", NULL, NULL);
    }
    int result = xmlTextWriterEndDocument(writer);
    xmlFreeTextWriter(writer);
    return result < 0 ? -1 : 0;
}
