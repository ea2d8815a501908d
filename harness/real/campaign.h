/* SPDX-License-Identifier: MIT
 *
 * campaign.h -- many executions of some subjects under real time, several at once, on one thread.
 *
 * It knows nothing of output: what happens is told to a sink.
 */
#ifndef CURFEW_REAL_CAMPAIGN_H
#define CURFEW_REAL_CAMPAIGN_H

#include "curfew/stop.h"
#include "execution.h"
#include "judge.h"

#define CAMPAIGN_JOBS_MAX 256u

struct campaign_config {
    struct subject *subjects; /* borrowed; counts are added up in them */
    size_t subjects_count;
    uint64_t seed;
    uint64_t runs;    /* executions per subject; UINT64_MAX: as many as the time allows */
    uint64_t time_ns; /* for all; UINT64_MAX: as long as it takes */
    uint64_t deadline_ns;
    unsigned jobs;            /* 1 to CAMPAIGN_JOBS_MAX */
    bool keep_going;          /* else the round of the first failure is the last */
    struct curfew_stop *stop; /* borrowed; its request ends the campaign at once */
};

/* A failure of a kind not seen before.  All is lent for the call. */
struct campaign_failure {
    const struct subject *subject;
    const struct execution *execution;
    const struct finding *finding;
};

struct campaign_progress {
    uint64_t executions;
    uint64_t executions_total; /* UINT64_MAX: not bounded */
    uint64_t failures;
    uint64_t elapsed_ns;
    uint64_t time_ns; /* UINT64_MAX: not bounded */
    uint64_t kinds;   /* fuzzing: distinct failures */
    double stability; /* fuzzing: in percent; < 0: unknown */
};

struct campaign_sink {
    void *context;
    /* Each that counts, in the order in which they end; lent for the call.  May be NULL. */
    void (*execution)(void *context, const struct execution *execution,
                      const struct finding *finding);
    void (*failure)(void *context, const struct campaign_failure *failure);
    void (*progress)(void *context, const struct campaign_progress *progress);
};

struct campaign_result {
    uint64_t executions;
    uint64_t signals;
    uint64_t early;
    uint64_t failures; /* executions */
    uint64_t distinct; /* kinds of failure that the sink was told */
    uint64_t strays;   /* processes of unknown origin that had to be killed */
    uint64_t elapsed_ns;
    uint32_t verdicts; /* set of VERDICT_BIT: the executions' and those of subjects as a whole */
    bool interrupted;
    bool not_executable; /* the error is execve's: the program's fault, not the machine's */
    char message[512];   /* with an error: what could not be done */
};

/* Runs it.  Ends with no process and no file of its own left.
 *   Errors:  a negative errno, with out_result->message: the campaign could not (go on to)
 *            judge. */
int campaign_run(const struct campaign_config *config, const struct campaign_sink *sink,
                 struct campaign_result *out_result);

#endif
