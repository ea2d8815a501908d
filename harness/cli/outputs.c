/* SPDX-License-Identifier: MIT
 *
 * outputs.c -- tells each output in turn.
 */
#include "outputs.h"

#include <string.h>

#include "options.h"

static void note_error(struct outputs *outputs, int error, const char *what)
{
    if (error != 0 && outputs->error == 0) {
        outputs->error = error;
        (void)plain_error(outputs->verb, STATUS_UNJUDGED, "cannot write to '%s': %s", what,
                          strerror(-error));
        (void)curfew_stop_request(outputs->stop, CURFEW_REASON_REQUEST);
    }
}

struct out_failure out_failure_of(const struct subject *subject,
                                  const struct control_record *record)
{
    return (struct out_failure){
        .subject = subject,
        .verdict = record->outcome.verdict,
        .earned = record->outcome.earned,
        .reasons = record->outcome.reasons,
        .execution = record->number,
        .seed = record->outcome.seed,
        .control = record,
    };
}

void out_result_add(struct out_result *total, const struct control_result *result)
{
    total->executions += result->executions;
    total->failures += result->failures;
    total->kinds += result->kinds;
    total->steps += result->steps;
    total->distinct += result->distinct;
    total->outside += result->outside;
    total->signals += result->signals;
    total->early += result->early;
    total->verdicts |= result->verdicts;
    total->interrupted = total->interrupted || result->interrupted;
}

void outputs_begin(struct outputs *outputs)
{
    const char *what = "";
    for (size_t index = 0; index < outputs->count; index++) {
        const struct out *out = &outputs->outs[index];
        if (out->begin != NULL) {
            note_error(outputs, out->begin(out->state, outputs->run, &what), what);
        }
    }
}

void outputs_failure(struct outputs *outputs, const struct out_failure *failure)
{
    const char *what = "";
    for (size_t index = 0; index < outputs->count; index++) {
        const struct out *out = &outputs->outs[index];
        if (out->failure != NULL) {
            note_error(outputs, out->failure(out->state, outputs->run, failure, &what), what);
        }
    }
}

void outputs_progress(struct outputs *outputs, const struct campaign_progress *progress)
{
    for (size_t index = 0; index < outputs->count; index++) {
        const struct out *out = &outputs->outs[index];
        if (out->progress != NULL) {
            out->progress(out->state, progress);
        }
    }
}

void outputs_end(struct outputs *outputs, const struct out_result *result)
{
    const char *what = "";
    for (size_t index = 0; index < outputs->count; index++) {
        const struct out *out = &outputs->outs[index];
        if (out->end != NULL) {
            note_error(outputs, out->end(out->state, outputs->run, result, &what), what);
        }
    }
}

int outputs_finish(struct outputs *outputs, const struct out_result *result, int status)
{
    if (status >= 0 && result->executions == 0) {
        return status;
    }
    outputs_end(outputs, result);
    if (status >= 0) {
        return status;
    }
    return outputs->error != 0 ? STATUS_UNJUDGED
                               : verdict_exit_status(verdict_of_all(result->verdicts));
}
