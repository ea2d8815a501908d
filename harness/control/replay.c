/* SPDX-License-Identifier: MIT
 *
 * replay.c -- executes what a seed file recorded, and says where an execution differs from it.  Of
 * a case file the first execution is the record.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/* What differs, at the step where the traces part; false: they do not. */
static bool first_difference(const struct rt_control *memory, const struct control_seed *seed,
                             char text[512])
{
    uint32_t at = 0;
    while (at < seed->marks_count && at < memory->events_count) {
        const struct rt_event *event = &memory->events[at];
        uint32_t mark = (uint32_t)event->actor << 16 | event->op;
        if (mark != seed->marks[at]) {
            (void)snprintf(text, 512, "step %u differs: recorded thread %u %s, now thread %u %s",
                           at, seed->marks[at] >> 16, control_op_word(seed->marks[at] & 0xffff),
                           mark >> 16, control_op_word(mark & 0xffff));
            return true;
        }
        at++;
    }
    if (seed->marks_count > 0 && at < seed->marks_count) {
        (void)snprintf(text, 512, "step %u differs: recorded thread %u %s, now the end", at,
                       seed->marks[at] >> 16, control_op_word(seed->marks[at] & 0xffff));
        return true;
    }
    return false;
}

/* Compares an execution with what the seed file recorded. */
static void compare(struct control_session *session, struct control_seed *seed,
                    struct control_outcome *outcome)
{
    char text[1024];
    char step[512];
    if (seed->verdict == VERDICT_COUNT) {
        seed->verdict = outcome->verdict;
        seed->hash = outcome->hash;
        seed->steps = outcome->steps;
    }
    if (outcome->verdict == seed->verdict && outcome->hash == seed->hash) {
        return;
    }
    bool known = first_difference(control_memory(session), seed, step);
    if (known) {
        (void)snprintf(text, sizeof text, "%s", step);
    } else if (outcome->verdict == VERDICT_DIVERGED) {
        (void)snprintf(text, sizeof text, "step %llu: %.400s", (unsigned long long)outcome->steps,
                       outcome->message);
    } else {
        (void)snprintf(text, sizeof text,
                       "recorded %s in %llu steps, hash %016llx; now %s in %llu steps, hash "
                       "%016llx",
                       verdict_word(seed->verdict), (unsigned long long)seed->steps,
                       (unsigned long long)seed->hash, verdict_word(outcome->verdict),
                       (unsigned long long)outcome->steps, (unsigned long long)outcome->hash);
    }
    control_overrule(outcome, VERDICT_DIVERGED, text);
}

static struct control_options options_of(const struct control_replay *replay,
                                         const struct control_seed *seed)
{
    struct control_options options = control_defaults();
    options.argv = replay->argv != NULL ? replay->argv : seed->argv;
    options.strategy = seed->strategy;
    options.steps_max = seed->steps_max;
    options.points_access = seed->points_access;
    options.oracles = seed->oracles;
    options.deadline_ns = seed->deadline_ns;
    options.expect_status = seed->expect_status;
    options.cpus = seed->cpus;
    options.signals_count = seed->signals_count;
    memcpy(options.signals, seed->signals, sizeof options.signals);
    options.case_base = seed->case_base;
    options.records_count = seed->records_count;
    memcpy(options.records, seed->records, sizeof options.records);
    options.aslr = replay->aslr;
    options.cpu = replay->cpu;
    options.debugger = replay->debugger;
    options.debug_step = replay->debug_step;
    options.keeps_traces = replay->keeps_traces ? CONTROL_KEEPS_ALL : CONTROL_KEEPS_NONE;
    options.keeps_outputs = replay->keeps_outputs;
    return options;
}

/* One replay.  False: no further one would say more. */
static bool replay_once(struct control_session *session, struct control_seed *seed,
                        struct control_record *record, const struct control_sink *sink,
                        struct control_result *result)
{
    struct control_outcome *outcome = &record->outcome;
    compare(session, seed, outcome);
    result->executions++;
    result->steps += outcome->steps;
    result->outside += outcome->outside ? 1 : 0;
    result->signals += outcome->signals;
    result->early += outcome->early ? 1 : 0;
    result->verdicts |= VERDICT_BIT(outcome->verdict);
    record->is_failure = outcome->verdict != VERDICT_PASS;
    record->is_new = result->executions == 1 || outcome->verdict != seed->verdict;
    result->failures += record->is_failure ? 1 : 0;
    result->kinds += record->is_failure && record->is_new ? 1 : 0;
    if (record->is_new) {
        control_record_report(session, record);
    }
    control_record_keep(session, record);
    sink->execution(sink->context, record);
    return outcome->verdict != VERDICT_DIVERGED;
}

static bool scenario_read(const struct control_seed *seed, struct scenario *scenario,
                          const char *path, char error[512])
{
    struct scenario_error wrong;
    if (scenario_parse(seed->scenario, scenario, &wrong) != 0) {
        (void)snprintf(error, 512, "cannot replay '%.200s': its scenario, column %u: %.200s", path,
                       wrong.column, wrong.message);
        return false;
    }
    return true;
}

int control_replay(const struct control_replay *replay, const struct control_sink *sink,
                   struct control_result *out_result)
{
    struct control_seed seed;
    struct control_session *session = NULL;
    struct control_hashes hashes = { NULL, 0, 0 };
    struct control_home home;
    struct scenario scenario;
    int error;

    *out_result = (struct control_result){ .executions = 0 };
    if (control_seed_read(replay->path, &seed, out_result->message) != 0) {
        return -EBADMSG;
    }
    struct control_options options = options_of(replay, &seed);
    if (seed.scenario != NULL) {
        options.scenario = &scenario;
        if (!scenario_read(&seed, &scenario, replay->path, out_result->message)) {
            control_seed_fini(&seed);
            return -EBADMSG;
        }
    }
    error = control_home_make(&home, out_result->message) != 0 ? -EIO : 0;
    options.home = home.path;
    if (error == 0 && control_open(&options, &session, out_result->message) != 0) {
        error = -ENOEXEC;
    }
    if (error == 0) {
        control_expect_steps(session, seed.expected_steps);
    }
    bool more = true;
    while (error == 0 && more && out_result->executions < replay->times) {
        struct control_record record = { .number = out_result->executions };
        error = control_execute(session, seed.seed, seed.decisions, seed.decisions_count,
                                &record.outcome, out_result->message);
        if (error == 0) {
            more = replay_once(session, &seed, &record, sink, out_result);
            (void)control_hash_add(&hashes, record.outcome.hash);
        }
        control_record_fini(&record);
    }
    out_result->distinct = hashes.count;
    free(hashes.slots);
    control_close(session);
    control_home_remove(&home);
    control_seed_fini(&seed);
    return error;
}
