/* SPDX-License-Identifier: MIT
 *
 * campaign.c -- many executions of one program; each failure is executed twice before it is
 * reported.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "session.h"

/* ---- which hashes have been seen: open addressing, doubled when half full ---- */

struct hash_set {
    uint64_t *slots; /* 0: free */
    size_t capacity; /* a power of two */
    size_t count;
};

static void hash_set_add(struct hash_set *set, uint64_t hash)
{
    if (set->count * 2 >= set->capacity) {
        struct hash_set wider = { calloc(set->capacity != 0 ? set->capacity * 2 : 1024, 8),
                                  set->capacity != 0 ? set->capacity * 2 : 1024, 0 };
        if (wider.slots == NULL) {
            return; /* the count stays behind; nothing else does */
        }
        for (size_t at = 0; at < set->capacity; at++) {
            if (set->slots[at] != 0) {
                hash_set_add(&wider, set->slots[at]);
            }
        }
        free(set->slots);
        *set = wider;
    }
    size_t at = (size_t)(hash & (set->capacity - 1));
    while (set->slots[at] != 0 && set->slots[at] != hash) {
        at = (at + 1) & (set->capacity - 1);
    }
    if (set->slots[at] == 0) {
        set->slots[at] = hash;
        set->count++;
    }
}

/* ---- twice ---- */

struct events_copy {
    struct rt_event *events;
    uint32_t count;
};

static void events_keep(struct control_session *session, struct events_copy *copy)
{
    const struct rt_control *memory = control_memory(session);
    copy->count = memory->events_count;
    copy->events = malloc((copy->count + 1) * sizeof copy->events[0]);
    if (copy->events != NULL) {
        memcpy(copy->events, memory->events, copy->count * sizeof copy->events[0]);
    } else {
        copy->count = 0;
    }
}

/* Says in outcome how this execution differs from the one before it. */
static void diverged(struct control_session *session, const struct events_copy *copy,
                     const struct control_outcome *first, struct control_outcome *outcome)
{
    const struct rt_control *memory = control_memory(session);
    uint32_t at = 0;
    while (at < copy->count && at < memory->events_count &&
           copy->events[at].hash == memory->events[at].hash) {
        at++;
    }
    enum verdict second = outcome->verdict;
    outcome->verdict = VERDICT_DIVERGED;
    if (at < copy->count && at < memory->events_count) {
        (void)snprintf(outcome->message, sizeof outcome->message,
                       "two executions differ, first at step %u: thread %u %s, then thread %u %s",
                       at, copy->events[at].actor, control_op_word(copy->events[at].op),
                       memory->events[at].actor, control_op_word(memory->events[at].op));
    } else {
        (void)snprintf(outcome->message, sizeof outcome->message,
                       "two executions differ behind step %u: %s, then %s", at,
                       verdict_word(first->verdict), verdict_word(second));
    }
}

static bool same(const struct control_outcome *one, const struct control_outcome *other)
{
    return one->verdict == other->verdict && one->hash == other->hash;
}

/* A failure is executed once more: the session then holds the second execution. */
static int confirm(struct control_session *session, struct control_outcome *outcome,
                   char error[512])
{
    struct control_outcome second;
    struct events_copy copy;
    events_keep(session, &copy);
    int status = control_execute(session, outcome->seed, NULL, 0, &second, error);
    if (status == 0 && !same(outcome, &second)) {
        diverged(session, &copy, outcome, &second);
        *outcome = second;
    }
    free(copy.events);
    return status;
}

static void report_failure(struct control_session *session, const struct control_options *options,
                           const struct control_outcome *outcome, const struct control_sink *sink)
{
    char path[4096];
    char error[512];
    const char *seed_file = NULL;
    if (options->save_dir != NULL) {
        const char *base = strrchr(session->path, '/');
        (void)mkdir(options->save_dir, 0777);
        (void)snprintf(path, sizeof path, "%s/%s-%s-%llu.seed", options->save_dir, base + 1,
                       verdict_word(outcome->verdict), (unsigned long long)outcome->seed);
        if (control_seed_write(path, options, outcome, session, error) == 0) {
            seed_file = path;
        } else {
            sink->error(sink->context, error);
        }
    }
    sink->failure(sink->context, session, outcome, seed_file);
}

static int error_status(const struct control_sink *sink, int error_number, const char *error)
{
    sink->error(sink->context, error);
    return error_number == -EINVAL ? 2 : 3;
}

/* Learns from the base schedule how long executions are: the same for every seed, so that a seed
 * gives one trace wherever its campaign began.  What it earns is left to the campaign. */
static int learn(struct control_session *session, char error[512])
{
    const char *strategy = session->options.strategy;
    struct control_outcome outcome;
    session->options.strategy = "rr";
    int failed = control_execute(session, 0, NULL, 0, &outcome, error);
    session->options.strategy = strategy;
    if (failed == 0) {
        control_expect_steps(session, outcome.steps);
    }
    return failed;
}

int control_campaign(const struct control_options *options, const struct control_sink *sink)
{
    struct control_session *session;
    struct control_summary summary = { .verdict = VERDICT_PASS };
    struct hash_set hashes = { 0 };
    char error[512];
    int status = 0;

    if (control_open(options, &session, error) != 0) {
        sink->error(sink->context, error);
        return 3;
    }
    int failed = learn(session, error);
    if (failed != 0) {
        status = error_status(sink, failed, error);
    }
    for (uint64_t run = 0; status == 0 && run < options->runs; run++) {
        struct control_outcome outcome;
        failed = control_execute(session, options->seed + run, NULL, 0, &outcome, error);
        if (failed == 0 && outcome.verdict != VERDICT_PASS) {
            failed = confirm(session, &outcome, error);
        }
        if (failed != 0) {
            status = error_status(sink, failed, error);
            break;
        }
        summary.executions++;
        summary.steps += outcome.steps;
        hash_set_add(&hashes, outcome.hash);
        if (sink->execution != NULL) {
            sink->execution(sink->context, session, &outcome);
        }
        if (outcome.verdict != VERDICT_PASS) {
            summary.failures++;
            if (outcome.verdict < summary.verdict) {
                summary.verdict = outcome.verdict;
            }
            report_failure(session, options, &outcome, sink);
            if (!options->keep_going) {
                break;
            }
        }
    }
    summary.distinct = hashes.count;
    if (status == 0) {
        status = verdict_exit_status(summary.verdict);
        sink->summary(sink->context, &summary);
    }
    free(hashes.slots);
    control_close(session);
    return status;
}

/* ---- replay ---- */

/* Compares an execution with what the seed file recorded. */
static void replay_compare(struct control_session *session, const struct control_seed *seed,
                           struct control_outcome *outcome)
{
    const struct rt_control *memory = control_memory(session);
    if (outcome->verdict == seed->verdict && outcome->hash == seed->hash) {
        return;
    }
    for (uint32_t at = 0; at < seed->marks_count && at < memory->events_count; at++) {
        uint32_t mark = (uint32_t)memory->events[at].actor << 16 | memory->events[at].op;
        if (mark != seed->marks[at]) {
            (void)snprintf(outcome->message, sizeof outcome->message,
                           "step %u differs: recorded thread %u %s, now thread %u %s", at,
                           seed->marks[at] >> 16, control_op_word(seed->marks[at] & 0xffff),
                           mark >> 16, control_op_word(mark & 0xffff));
            outcome->verdict = VERDICT_DIVERGED;
            return;
        }
    }
    if (outcome->verdict == VERDICT_DIVERGED) {
        char text[512];
        (void)snprintf(text, sizeof text, "step %llu: %.400s", (unsigned long long)outcome->steps,
                       outcome->message);
        (void)snprintf(outcome->message, sizeof outcome->message, "%s", text);
        return;
    }
    (void)snprintf(outcome->message, sizeof outcome->message,
                   "recorded %s in %llu steps, hash %016llx; now %s in %llu steps, hash %016llx",
                   verdict_word(seed->verdict), (unsigned long long)seed->steps,
                   (unsigned long long)seed->hash, verdict_word(outcome->verdict),
                   (unsigned long long)outcome->steps, (unsigned long long)outcome->hash);
    outcome->verdict = VERDICT_DIVERGED;
}

int control_replay(const char *path, char **argv, uint64_t times, bool aslr, int cpu,
                   const struct control_sink *sink)
{
    struct control_seed seed;
    struct control_session *session = NULL;
    struct control_summary summary = { .verdict = VERDICT_PASS };
    struct hash_set hashes = { 0 };
    struct control_options options = control_defaults();
    char error[512];
    int status = 0;

    if (control_seed_read(path, &seed, error) != 0) {
        sink->error(sink->context, error);
        return 2;
    }
    options.argv = argv != NULL ? argv : seed.argv;
    options.strategy = seed.strategy;
    options.steps_max = seed.steps_max;
    options.points_access = seed.points_access;
    options.allow_abandoned = seed.allow_abandoned;
    options.expect_status = seed.expect_status;
    options.cpus = seed.cpus;
    options.aslr = aslr;
    options.cpu = cpu;
    if (control_open(&options, &session, error) != 0) {
        sink->error(sink->context, error);
        control_seed_fini(&seed);
        return 3;
    }
    control_expect_steps(session, seed.expected_steps);
    for (uint64_t run = 0; run < times; run++) {
        struct control_outcome outcome;
        int failed = control_execute(session, seed.seed, seed.decisions, seed.decisions_count,
                                     &outcome, error);
        if (failed != 0) {
            status = error_status(sink, failed, error);
            break;
        }
        replay_compare(session, &seed, &outcome);
        summary.executions++;
        summary.steps += outcome.steps;
        hash_set_add(&hashes, outcome.hash);
        if (sink->execution != NULL) {
            sink->execution(sink->context, session, &outcome);
        }
        if (outcome.verdict != VERDICT_PASS) {
            summary.failures++;
            if (outcome.verdict < summary.verdict) {
                summary.verdict = outcome.verdict;
            }
            if (summary.failures == 1 || outcome.verdict != seed.verdict) {
                sink->failure(sink->context, session, &outcome, path);
            }
            if (outcome.verdict == VERDICT_DIVERGED) {
                break;
            }
        }
    }
    summary.distinct = hashes.count;
    if (status == 0) {
        status = verdict_exit_status(summary.verdict);
        sink->summary(sink->context, &summary);
    }
    free(hashes.slots);
    control_close(session);
    control_seed_fini(&seed);
    return status;
}
