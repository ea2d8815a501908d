/* SPDX-License-Identifier: MIT
 *
 * subject.c -- what many executions say of a subject, and its end.
 */
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>

bool subject_doubt(struct subject *subject)
{
    bool all_pass = subject->verdicts == VERDICT_BIT(VERDICT_PASS);
    bool all_hollow = subject->idle + subject->early == subject->executions;
    if (subject->is_scenario || subject->scenario.signals_count == 0 || !all_pass || !all_hollow) {
        return false;
    }
    const char *name = scenario_signal_name(subject->scenario.signals[0].signo);
    if (subject->early == 0) {
        (void)snprintf(subject->reason, sizeof(subject->reason),
                       "it ended by itself before any signal was sent: --signals=none if that is "
                       "meant");
    } else {
        (void)snprintf(subject->reason, sizeof(subject->reason),
                       "it died before it handled the signal in every execution%s: "
                       "--signals=%s@handled waits until it does, --expect-status=%d if it need "
                       "not",
                       subject->idle > 0 ? " that it did not end before" : "", name,
                       128 + subject->scenario.signals[0].signo);
    }
    subject->verdicts |= VERDICT_BIT(VERDICT_UNSUPPORTED);
    return true;
}

void subject_fini(struct subject *subject)
{
    free(subject->name);
    free(subject->text);
    free(subject->path);
    for (char **arg = subject->argv; arg != NULL && *arg != NULL; arg++) {
        free(*arg);
    }
    free(subject->argv);
    *subject = (struct subject){ .name = NULL };
}
