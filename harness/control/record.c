/* SPDX-License-Identifier: MIT
 *
 * record.c -- what is kept of an execution: texts of what the session still has in memory.
 */
#include <stdlib.h>
#include <string.h>

#include "session.h"

/* What a function prints to a stream, as text.  NULL: no memory. */
static char *text_of(void (*print)(struct control_session *, const struct control_outcome *,
                                   FILE *),
                     struct control_session *session, const struct control_outcome *outcome)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return NULL;
    }
    print(session, outcome, file);
    if (fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void print_trace(struct control_session *session, const struct control_outcome *outcome,
                        FILE *file)
{
    (void)outcome;
    control_report_trace(session, file);
}

void control_record_keep(struct control_session *session, struct control_record *record)
{
    const struct control_options *options = &session->options;
    if (options->keeps_traces == CONTROL_KEEPS_ALL ||
        (options->keeps_traces == CONTROL_KEEPS_NEW && record->report != NULL)) {
        record->trace = text_of(print_trace, session, &record->outcome);
    }
    if (options->keeps_ends) {
        record->ends = ledger_ends(session->ledger);
    }
    if (record->output == NULL && (options->keeps_outputs || record->report != NULL)) {
        const char *output = control_output(session, &record->output_size);
        record->output = malloc(record->output_size + 1);
        if (record->output != NULL) {
            memcpy(record->output, output, record->output_size + 1);
        }
    }
}

void control_record_report(struct control_session *session, struct control_record *record)
{
    record->report = text_of(control_report_verdict, session, &record->outcome);
    record->seed_file = control_seed_text(&session->options, &record->outcome, session);
}

void control_record_fini(struct control_record *record)
{
    free(record->report);
    free(record->output);
    free(record->trace);
    free(record->ends);
    free(record->seed_file);
    *record = (struct control_record){ .number = 0 };
}
