/* SPDX-License-Identifier: MIT
 *
 * finding.c -- what a fuzzer found, executed again with fresh threads: is it true, is it new, and
 * which of its records does it need?
 */
#include <string.h>

#include "../case/case.h"
#include "session.h"

static int execute(struct control_session *session, const struct execution_case *execution,
                   struct control_outcome *out_outcome, char error[512])
{
    control_case_options(execution, &session->options);
    control_expect_steps(session, execution->expected_steps);
    return control_execute(session, execution->seed, NULL, 0, out_outcome, error);
}

/* Leaves out, one at a time and the last first, the records without which it fails likewise. */
static int minimise(struct control_session *session, struct execution_case *execution,
                    enum verdict verdict, uint64_t kind, char error[512])
{
    struct control_outcome outcome;
    int status = 0;
    for (uint32_t at = execution->records_count; status == 0 && at > 0; at--) {
        struct execution_case without = *execution;
        without.records[at - 1].kind = RT_RECORD_NONE;
        case_sort(&without);
        status = execute(session, &without, &outcome, error);
        if (status == 0 && outcome.verdict == verdict && control_place(session, &outcome) == kind) {
            *execution = without;
        }
    }
    return status;
}

int control_finding(struct control_session *session, struct execution_case *execution,
                    bool (*is_known)(void *context, uint64_t kind), void *context,
                    struct control_record *out_record, char error[512])
{
    struct control_record *record = out_record;
    *record = (struct control_record){ .number = 0 };
    int status = execute(session, execution, &record->outcome, error);
    if (status != 0) {
        return status;
    }
    record->is_failure = verdict_class_of(record->outcome.verdict) == VERDICT_CLASS_AGAINST;
    record->kind = control_place(session, &record->outcome);
    if (!record->is_failure || is_known(context, record->kind)) {
        return 0;
    }
    record->is_new = true;
    status = minimise(session, execution, record->outcome.verdict, record->kind, error);
    if (status == 0) {
        status = execute(session, execution, &record->outcome, error);
    }
    if (status == 0) {
        status = control_confirm(session, &record->outcome, error);
    }
    if (status == 0) {
        control_record_report(session, record);
        control_record_keep(session, record);
    }
    return status;
}
