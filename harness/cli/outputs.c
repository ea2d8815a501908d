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
