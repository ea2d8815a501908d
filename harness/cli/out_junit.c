/* SPDX-License-Identifier: MIT
 *
 * out_junit.c -- a JUnit XML file: one test case per scenario, written when all is over.
 */
#include <errno.h>
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "out.h"
#include "targets.h"

#define TEXTS_MAX 1024u

/* The first failure of each subject, described when it happened. */
struct junit_state {
    const struct subject *subjects[TEXTS_MAX];
    char *texts[TEXTS_MAX]; /* owned */
    size_t count;
};

static int junit_failure(void *context, const struct out_run *run,
                         const struct out_failure *failure, const char **out_what)
{
    struct junit_state *state = context;
    size_t text_bytes;
    *out_what = run->junit;
    if (state->count == TEXTS_MAX) {
        return 0; /* The table below still counts it. */
    }
    FILE *file = open_memstream(&state->texts[state->count], &text_bytes);
    if (file == NULL) {
        return -ENOMEM;
    }
    describe_failure(run, failure, file);
    if (fclose(file) != 0) {
        return -ENOMEM;
    }
    /* XML has no way to write most control characters, and wants UTF-8. */
    for (char *at = state->texts[state->count]; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        *at = (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t' ? *at : '?';
    }
    state->subjects[state->count++] = failure->subject;
    return 0;
}

static const xmlChar *xml(const char *text)
{
    return (const xmlChar *)text;
}

static void write_count(xmlTextWriterPtr writer, const char *name, size_t count)
{
    (void)xmlTextWriterWriteFormatAttribute(writer, xml(name), "%zu", count);
}

static void write_case(xmlTextWriterPtr writer, const struct junit_state *state,
                       const struct out_run *run, const struct subject *subject)
{
    enum verdict verdict = verdict_of_all(subject->verdicts);
    (void)xmlTextWriterStartElement(writer, xml("testcase"));
    (void)xmlTextWriterWriteAttribute(writer, xml("classname"),
                                      xml(run->control != NULL ? "curfew.control" : "curfew.real"));
    (void)xmlTextWriterWriteAttribute(writer, xml("name"), xml(subject->name));
    if (subject->executions == 0) {
        (void)xmlTextWriterWriteElement(writer, xml("skipped"), NULL);
    } else if (verdict != VERDICT_PASS) {
        const char *element =
            verdict_class_of(verdict) == VERDICT_CLASS_AGAINST ? "failure" : "error";
        (void)xmlTextWriterStartElement(writer, xml(element));
        (void)xmlTextWriterWriteAttribute(writer, xml("type"), xml(verdict_word(verdict)));
        (void)xmlTextWriterWriteAttribute(
            writer, xml("message"),
            xml(subject->reason[0] != '\0' ? subject->reason : verdict_help(verdict)));
        for (size_t index = 0; index < state->count; index++) {
            if (state->subjects[index] == subject) {
                (void)xmlTextWriterWriteString(writer, xml(state->texts[index]));
            }
        }
        (void)xmlTextWriterEndElement(writer);
    }
    (void)xmlTextWriterEndElement(writer);
}

static void write_suite(xmlTextWriterPtr writer, const struct junit_state *state,
                        const struct out_run *run, const struct out_result *result)
{
    size_t failures = 0;
    size_t errors = 0;
    size_t skipped = 0;
    for (size_t index = 0; index < run->targets->count; index++) {
        const struct subject *subject = &run->targets->subjects[index];
        enum verdict_class class = verdict_class_of(verdict_of_all(subject->verdicts));
        failures += class == VERDICT_CLASS_AGAINST ? 1 : 0;
        errors += class == VERDICT_CLASS_UNJUDGED ? 1 : 0;
        skipped += subject->executions == 0 ? 1 : 0;
    }
    (void)xmlTextWriterStartElement(writer, xml("testsuite"));
    (void)xmlTextWriterWriteAttribute(
        writer, xml("name"), xml(run->control != NULL ? "curfew run" : "curfew run --real"));
    write_count(writer, "tests", run->targets->count);
    write_count(writer, "failures", failures);
    write_count(writer, "errors", errors);
    write_count(writer, "skipped", skipped);
    (void)xmlTextWriterWriteFormatAttribute(writer, xml("time"), "%.3f",
                                            (double)result->elapsed_ns / 1e9);
    for (size_t index = 0; index < run->targets->count; index++) {
        write_case(writer, state, run, &run->targets->subjects[index]);
    }
    (void)xmlTextWriterEndElement(writer);
}

static int junit_end(void *context, const struct out_run *run, const struct out_result *result,
                     const char **out_what)
{
    struct junit_state *state = context;
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlTextWriterPtr writer = buffer != NULL ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    int status = -ENOMEM;
    *out_what = run->junit;
    if (writer != NULL) {
        (void)xmlTextWriterSetIndent(writer, 1);
        (void)xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
        write_suite(writer, state, run, result);
        /* Earlier errors (all of them lack of memory) end here, too. */
        bool complete = xmlTextWriterEndDocument(writer) >= 0;
        xmlFreeTextWriter(writer);
        status = complete ? file_write(run->junit, xmlBufferContent(buffer),
                                       (size_t)xmlBufferLength(buffer))
                          : -ENOMEM;
    }
    xmlBufferFree(buffer);
    for (size_t index = 0; index < state->count; index++) {
        free(state->texts[index]);
    }
    state->count = 0;
    return status;
}

struct out out_junit(void)
{
    static struct junit_state state;
    return (struct out){ .state = &state, .failure = junit_failure, .end = junit_end };
}
