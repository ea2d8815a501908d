/* SPDX-License-Identifier: MIT
 *
 * campaign.c -- many executions of one program, on several fork servers at once; each failure, and
 * the end of the first process, is executed twice before it is told.
 *
 * Each worker thread has a session of its own.  It takes the next few indices, executes them, and
 * puts the records into a ring; the caller's thread delivers records
 * in the order of their indices, so what is told is the same whatever the number of jobs.  After
 * the first failure nothing behind it is told.  A server dies with the thread that started it, so
 * sessions are closed by the threads that opened them.
 *
 * Locks: `lock` guards all of struct campaign that is not read-only; it is never held while a
 * program is executed or a sink is called.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session.h"

#define RING (4 * RT_BATCH_MAX) /* executions that may be ahead of the one to be delivered next */
#define TOLD 64u                /* passes are told by so many */
#define BATCH_MS 100u           /* executions that are asked for at once should take so long */
#define BATCH_GROWTH 8u         /* ... and be so many times as many as those before, at most */
#define LOOPS_FIRST 16u         /* so many are the first of a program that loops */
#define LOOK_MS 100             /* how often progress is told */
#define KINDS_MAX 512           /* of failures, that are told apart */

struct kind {
    uint64_t kind;
    uint64_t index; /* the lowest that has a report of it */
};

struct slot {
    bool full;
    int error;
    char *error_text;              /* owned; NULL: there is none, or no memory for it */
    uint64_t number;               /* of the campaign */
    struct control_record *record; /* owned; NULL: it passed, and that is all */
    struct rt_batch_result passed;
};

struct campaign {
    const struct control_options *options; /* read-only */
    const struct control_sink *sink;       /* the caller's thread alone */
    struct control_result *result;         /* the caller's thread alone */
    struct control_hashes hashes;          /* the caller's thread alone */
    struct control_home home;              /* read-only */
    uint64_t started_ns;                   /* read-only */

    pthread_mutex_t lock;
    pthread_cond_t room;          /* taken < delivered + RING, or limit was lowered; broadcast */
    pthread_cond_t ready;         /* a batch, a failure, or nothing more will come; broadcast */
    uint64_t taken;               /* guarded by lock */
    uint64_t delivered;           /* guarded by lock */
    uint64_t limit;               /* guarded by lock; no index from here on is taken */
    unsigned working;             /* guarded by lock; threads that may still fill slots */
    bool interrupted;             /* guarded by lock */
    bool out_of_time;             /* guarded by lock */
    int error;                    /* guarded by lock; a session could not be opened */
    char error_text[512];         /* guarded by lock */
    struct kind kinds[KINDS_MAX]; /* guarded by lock */
    unsigned kinds_count;         /* guarded by lock */
    unsigned workers;             /* guarded by lock; for their processors */
    bool base_known;              /* guarded by lock */
    struct control_outcome base;  /* guarded by lock; of the first server's base schedule */
    struct control_record passed; /* the caller's thread alone; of the one that is delivered */
    struct slot ring[RING];       /* guarded by lock; a slot that is not full is its worker's */
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The first error is the campaign's.  lock held. */
static void note_error(struct campaign *campaign, int error, const char *text)
{
    if (campaign->error == 0 && error != 0) {
        campaign->error = error;
        (void)snprintf(campaign->error_text, sizeof campaign->error_text, "%s", text);
    }
}

/* Takes up to `wanted` indices, from *out_index on.  Returns how many; 0: there are none. */
static uint32_t take(struct campaign *campaign, uint32_t wanted, uint64_t *out_index)
{
    const struct control_options *options = campaign->options;
    bool stopped = options->stopped != NULL && options->stopped(options->stopped_context);
    bool late =
        options->time_ns != UINT64_MAX && now_ns() - campaign->started_ns >= options->time_ns;
    (void)pthread_mutex_lock(&campaign->lock);
    while (campaign->taken < campaign->limit && campaign->taken >= campaign->delivered + RING) {
        (void)pthread_cond_wait(&campaign->room, &campaign->lock);
    }
    if (campaign->taken < campaign->limit && (stopped || late)) {
        campaign->interrupted = campaign->interrupted || stopped;
        campaign->out_of_time = campaign->out_of_time || late;
        campaign->limit = campaign->taken;
        (void)pthread_cond_broadcast(&campaign->room);
    }
    uint64_t end = campaign->delivered + RING;
    end = campaign->limit < end ? campaign->limit : end;
    uint64_t left = campaign->taken < end ? end - campaign->taken : 0;
    uint32_t count = left < wanted ? (uint32_t)left : wanted;
    *out_index = campaign->taken;
    campaign->taken += count;
    (void)pthread_mutex_unlock(&campaign->lock);
    return count;
}

/* Must this failure be described?  Only the first of its kind will be told, so all that have none
 * of a lower index before them are. */
static bool claim_kind(struct campaign *campaign, uint64_t kind, uint64_t index)
{
    bool claimed = false;
    unsigned at = 0;
    (void)pthread_mutex_lock(&campaign->lock);
    while (at < campaign->kinds_count && campaign->kinds[at].kind != kind) {
        at++;
    }
    if (at < campaign->kinds_count) {
        claimed = index < campaign->kinds[at].index;
    } else if (campaign->kinds_count < KINDS_MAX) {
        claimed = true;
        campaign->kinds_count++;
    }
    if (claimed) {
        campaign->kinds[at] = (struct kind){ kind, index };
    }
    (void)pthread_mutex_unlock(&campaign->lock);
    return claimed;
}

static uint64_t number_of(const struct control_options *options, uint64_t index)
{
    return options->shard + (options->first + index) * options->shards;
}

/* Those from `index` on are full: `passed` of them passed, and the last one has a record or an
 * error. */
static void slots_fill(struct campaign *campaign, uint64_t index, uint32_t passed,
                       const struct slot *last_slot)
{
    bool is_failure = last_slot->record != NULL && last_slot->record->is_failure;
    bool last = last_slot->error != 0 || (is_failure && !campaign->options->keep_going);
    uint64_t end = index + passed + 1;
    (void)pthread_mutex_lock(&campaign->lock);
    for (uint64_t at = index; at < end; at++) {
        campaign->ring[at % RING].full = true;
    }
    if (last && end < campaign->limit) {
        campaign->limit = end;
        (void)pthread_cond_broadcast(&campaign->room);
    }
    if (last || is_failure || index / TOLD != end / TOLD) {
        (void)pthread_cond_broadcast(&campaign->ready);
    }
    (void)pthread_mutex_unlock(&campaign->lock);
}

/* Executions that their process passed, with others behind them. */
static void keep_passed(struct campaign *campaign, const struct rt_batch_result *results,
                        uint64_t index, uint32_t count)
{
    for (uint32_t at = 0; at < count; at++) {
        struct slot *slot = &campaign->ring[(index + at) % RING];
        slot->number = number_of(campaign->options, index + at);
        slot->passed = results[at];
    }
}

static const char base_differs_text[] =
    "two executions differ: the same schedule, in two processes of the program";

/* Does the base schedule of this server differ from the first one's?  Then the program goes by
 * something that is no decision, such as addresses or what was there when it was loaded. */
static bool base_differs(struct campaign *campaign, const struct control_outcome *base)
{
    (void)pthread_mutex_lock(&campaign->lock);
    if (!campaign->base_known) {
        campaign->base_known = true;
        campaign->base = *base;
    }
    bool differs =
        !control_same(&campaign->base, base) && !campaign->base.outside && !base->outside;
    (void)pthread_mutex_unlock(&campaign->lock);
    return differs;
}

/* What a process executed last: a failure is executed twice, and described. */
static int look_at(struct campaign *campaign, struct control_session *session, uint64_t index,
                   bool is_first, struct control_record *record, char error[512])
{
    const struct control_options *options = campaign->options;
    const struct control_series *series = options->series;
    if (series != NULL && series->executed != NULL) {
        series->executed(series->context, record->number, session);
    }
    /* The first process, too: a program with a source of its own differs from itself at once. */
    if (record->outcome.verdict != VERDICT_PASS || is_first) {
        int failed = control_confirm(session, &record->outcome, error);
        if (failed != 0) {
            return failed;
        }
    }
    record->is_failure = record->outcome.verdict != VERDICT_PASS;
    if (record->is_failure) {
        record->kind = control_place(session, &record->outcome);
        if (claim_kind(campaign, record->kind, index) || options->keeps_reports) {
            control_record_report(session, record);
        }
    }
    control_record_keep(session, record);
    return 0;
}

/* Executes `count` indices, in one process if the program `loops`, until one fails.  Returns how
 * many it executed, and adds how long that took. */
static uint32_t execute(struct campaign *campaign, struct control_session *session, uint64_t index,
                        uint32_t count, bool loops, uint64_t *took_ns)
{
    const struct control_options *options = campaign->options;
    const struct control_series *series = options->series;
    struct control_record *record = calloc(1, sizeof *record);
    char error[512] = "out of memory";
    uint64_t number = number_of(options, index);
    uint32_t passed = 0;
    int failed = -EIO;
    if (record != NULL) {
        if (series != NULL) {
            series->arrange(series->context, number, &session->options);
        }
        uint64_t started_ns = now_ns();
        failed = control_execute_batch(session, options->seed + (series == NULL ? number : 0),
                                       options->shards, count, loops, &record->outcome, error);
        *took_ns += now_ns() - started_ns;
    }
    if (failed == 0) {
        passed = control_memory(session)->batch_done;
        keep_passed(campaign, control_memory(session)->batch_results, index, passed);
        record->number = number_of(options, index + passed);
        failed = look_at(campaign, session, index + passed, index == 0, record, error);
    }
    struct slot *slot = &campaign->ring[(index + passed) % RING];
    slot->error = failed;
    slot->error_text = failed != 0 ? strdup(error) : NULL;
    slot->record = record;
    slots_fill(campaign, index, passed, slot);
    return passed + 1;
}

/* So many that what lies between two batches costs nothing, and that whoever waits for the end does
 * not wait for long. */
static uint32_t batch_next(uint32_t count, uint64_t took_ns)
{
    uint64_t next = count * (BATCH_MS * UINT64_C(1000000)) / (took_ns + 1);
    next = next < count * BATCH_GROWTH ? next : count * BATCH_GROWTH;
    next = next > 1 ? next : 1;
    return next < RT_BATCH_MAX ? (uint32_t)next : RT_BATCH_MAX;
}

/* Can executions be told by what is in memory->batch_results? */
static bool is_plain(const struct control_options *options)
{
    return options->series == NULL && !options->keeps_outputs && !options->keeps_ends &&
           options->keeps_traces != CONTROL_KEEPS_ALL;
}

/* Executes what is left to take. */
static void execute_all(struct campaign *campaign, struct control_session *session)
{
    const struct control_options *options = campaign->options;
    bool loops = is_plain(options) && options->loop && control_memory(session)->loops != 0;
    bool batches = loops || (is_plain(options) && options->scenario == NULL &&
                             options->expect_status == 0); /* as batch.c of the runtime sees it */
    uint32_t wanted = loops ? LOOPS_FIRST : 1;
    uint64_t index;
    for (;;) {
        uint64_t took_ns = 0;
        uint32_t taken = take(campaign, wanted, &index);
        if (taken == 0) {
            return;
        }
        uint32_t count = taken;
        while (count > 0) {
            uint32_t executed = execute(campaign, session, index, count, loops, &took_ns);
            index += executed;
            count -= executed;
        }
        wanted = batches ? batch_next(taken, took_ns) : 1;
    }
}

/* The processor of the n-th worker; the thread that waits for an execution is better off on the
 * same one. */
static int processor(const struct control_options *options, unsigned worker)
{
    int cpu = options->cpu >= 0 ? options->cpu : control_cpu(worker);
    if (options->cpu < 0 && cpu >= 0) {
        control_cpu_pin(0, cpu);
    }
    return cpu;
}

static void *work(void *context)
{
    struct campaign *campaign = context;
    struct control_options options = *campaign->options;
    options.home = campaign->home.path;
    struct control_session *session = NULL;
    char error[512];

    (void)pthread_mutex_lock(&campaign->lock);
    unsigned worker = campaign->workers++;
    (void)pthread_mutex_unlock(&campaign->lock);
    options.cpu = processor(&options, worker);
    struct control_outcome base;
    int failed = control_open(&options, &session, error) != 0
                     ? -ENOEXEC
                     : control_learn(session, &base, error);
    if (failed == 0 && options.series == NULL) {
        uint32_t reach;
        failed = control_learn_reach(session, &reach, error);
        control_expect_reach(session, reach);
    }
    if (failed == 0 && base_differs(campaign, &base)) {
        failed = -EIO;
        (void)snprintf(error, sizeof error, "%s", base_differs_text);
    }
    if (failed == 0) {
        execute_all(campaign, session);
    }
    control_close(session);
    (void)pthread_mutex_lock(&campaign->lock);
    if (failed != 0) {
        note_error(campaign, failed == -ECANCELED ? 0 : failed, error);
        campaign->interrupted = campaign->interrupted || failed == -ECANCELED;
        campaign->limit = 0;
        (void)pthread_cond_broadcast(&campaign->room);
    }
    campaign->working--;
    (void)pthread_cond_broadcast(&campaign->ready);
    (void)pthread_mutex_unlock(&campaign->lock);
    return NULL;
}

static bool kind_is_new(const struct campaign *campaign, const struct control_record *record)
{
    return record->report != NULL && campaign->result->kinds < KINDS_MAX;
}

/* The record of one that passed. */
static struct control_record *record_of_pass(struct campaign *campaign, const struct slot *slot)
{
    const struct rt_batch_result *result = &slot->passed;
    struct control_record *record = &campaign->passed;
    struct control_outcome *outcome = &record->outcome;
    record->number = slot->number;
    outcome->verdict = VERDICT_PASS;
    outcome->seed = campaign->options->seed + slot->number;
    outcome->steps = result->steps;
    outcome->hash = result->hash;
    outcome->clock_ns = result->clock_ns;
    outcome->threads = result->threads;
    outcome->outside = result->outside != 0;
    outcome->signals = result->signals;
    outcome->earned = VERDICT_BIT(VERDICT_PASS);
    return record;
}

static void deliver(struct campaign *campaign, struct slot *slot, struct control_hashes *told)
{
    struct control_result *result = campaign->result;
    if (slot->error == -ECANCELED) {
        result->interrupted = true;
        return;
    }
    if (slot->error != 0) {
        return;
    }
    struct control_record *record =
        slot->record != NULL ? slot->record : record_of_pass(campaign, slot);
    result->executions++;
    result->steps += record->outcome.steps;
    result->outside += record->outcome.outside ? 1 : 0;
    result->signals += record->outcome.signals;
    result->early += record->outcome.early ? 1 : 0;
    result->verdicts |= VERDICT_BIT(record->outcome.verdict);
    (void)control_hash_add(&campaign->hashes, record->outcome.hash);
    result->distinct = campaign->hashes.count;
    if (record->is_failure) {
        result->failures++;
        record->is_new = kind_is_new(campaign, record) && control_hash_add(told, record->kind);
        result->kinds += record->is_new ? 1 : 0;
    }
    campaign->sink->execution(campaign->sink->context, record);
}

static void tell_progress(const struct campaign *campaign)
{
    const struct control_options *options = campaign->options;
    struct control_progress progress = {
        .executions = campaign->result->executions,
        .executions_total = options->runs,
        .failures = campaign->result->failures,
        .elapsed_ns = now_ns() - campaign->started_ns,
    };
    if (campaign->sink->progress != NULL) {
        campaign->sink->progress(campaign->sink->context, &progress);
    }
}

static void slot_fini(struct slot *slot)
{
    if (slot->record != NULL) {
        control_record_fini(slot->record);
        free(slot->record);
    }
    free(slot->error_text);
    *slot = (struct slot){ .full = false };
}

/* Delivers those that are full, up to the first error and not too many at once.  False: none is.
 * lock held; let go of while the sink is called. */
static bool deliver_some(struct campaign *campaign, struct control_hashes *told)
{
    uint64_t begin = campaign->delivered;
    uint64_t end = begin;
    int error = 0;
    while (end < begin + TOLD && end < campaign->limit && campaign->ring[end % RING].full &&
           error == 0) {
        error = campaign->ring[end++ % RING].error;
    }
    if (end == begin) {
        return false;
    }
    (void)pthread_mutex_unlock(&campaign->lock);
    for (uint64_t at = begin; at < end; at++) {
        deliver(campaign, &campaign->ring[at % RING], told);
    }
    (void)pthread_mutex_lock(&campaign->lock);
    if (error != 0) { /* nothing behind it counts */
        const char *text = campaign->ring[(end - 1) % RING].error_text;
        note_error(campaign, error == -ECANCELED ? 0 : error, text != NULL ? text : "");
        campaign->limit = end;
        (void)pthread_cond_broadcast(&campaign->room);
    }
    for (uint64_t at = begin; at < end; at++) {
        slot_fini(&campaign->ring[at % RING]);
    }
    campaign->delivered = end;
    if (begin / TOLD != end / TOLD) {
        (void)pthread_cond_broadcast(&campaign->room);
    }
    return true;
}

/* Delivers until nothing more will come.  lock held; let go of while the sink is called. */
static void deliver_all(struct campaign *campaign)
{
    struct control_hashes told = { NULL, 0, 0 };
    uint64_t told_ns = campaign->started_ns;
    for (;;) {
        bool some = deliver_some(campaign, &told);
        if (!some && campaign->working == 0) {
            break;
        }
        if (!some) {
            struct timespec until;
            (void)pthread_cond_broadcast(&campaign->room);
            (void)clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_nsec += LOOK_MS * 1000000;
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            (void)pthread_cond_clockwait(&campaign->ready, &campaign->lock, CLOCK_MONOTONIC,
                                         &until);
        }
        if (now_ns() - told_ns >= LOOK_MS * UINT64_C(1000000)) {
            told_ns = now_ns();
            (void)pthread_mutex_unlock(&campaign->lock);
            tell_progress(campaign);
            (void)pthread_mutex_lock(&campaign->lock);
        }
    }
    free(told.slots);
}

/* Workers take no signals: they are the caller's. */
static unsigned start_workers(struct campaign *campaign, pthread_t *threads)
{
    const struct control_options *options = campaign->options;
    unsigned wanted = options->jobs < CONTROL_JOBS_MAX ? options->jobs : CONTROL_JOBS_MAX;
    unsigned count = 0;
    sigset_t all;
    sigset_t before;
    wanted = campaign->limit < wanted ? (unsigned)campaign->limit : wanted;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (count < wanted && pthread_create(&threads[count], NULL, work, campaign) == 0) {
        count++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return count;
}

static void run_workers(struct campaign *campaign)
{
    pthread_t threads[CONTROL_JOBS_MAX];
    (void)pthread_mutex_lock(&campaign->lock);
    campaign->working = start_workers(campaign, threads);
    unsigned count = campaign->working;
    if (count == 0 && campaign->limit > 0) {
        campaign->error = -EIO;
        (void)snprintf(campaign->error_text, sizeof campaign->error_text, "cannot start a thread");
    }
    deliver_all(campaign);
    (void)pthread_mutex_unlock(&campaign->lock);
    while (count > 0) {
        (void)pthread_join(threads[--count], NULL);
    }
}

/* So many executions are this shard's, and not done before. */
static uint64_t limit_of(const struct control_options *options)
{
    if (options->runs == UINT64_MAX) {
        return UINT64_MAX;
    }
    uint64_t runs = options->runs > options->shard
                        ? (options->runs - options->shard + options->shards - 1) / options->shards
                        : 0;
    return runs > options->first ? runs - options->first : 0;
}

int control_campaign(const struct control_options *options, const struct control_sink *sink,
                     struct control_result *out_result)
{
    struct campaign *campaign = calloc(1, sizeof *campaign);
    *out_result = (struct control_result){ .executions = 0 };
    if (campaign == NULL) {
        (void)snprintf(out_result->message, sizeof out_result->message, "out of memory");
        return -EIO;
    }
    campaign->options = options;
    campaign->sink = sink;
    campaign->result = out_result;
    campaign->started_ns = now_ns();
    (void)pthread_mutex_init(&campaign->lock, NULL);
    (void)pthread_cond_init(&campaign->room, NULL);
    (void)pthread_cond_init(&campaign->ready, NULL);
    campaign->limit = limit_of(options);
    if (control_home_make(&campaign->home, campaign->error_text) != 0) {
        campaign->error = -EIO;
    } else {
        run_workers(campaign);
    }
    control_home_remove(&campaign->home);
    for (uint64_t at = campaign->delivered; at < campaign->taken; at++) {
        slot_fini(&campaign->ring[at % RING]);
    }
    out_result->interrupted = out_result->interrupted || campaign->interrupted;
    out_result->out_of_time = campaign->out_of_time;
    out_result->elapsed_ns = now_ns() - campaign->started_ns;
    (void)snprintf(out_result->message, sizeof out_result->message, "%s", campaign->error_text);
    int error = campaign->error;
    free(campaign->hashes.slots);
    (void)pthread_mutex_destroy(&campaign->lock);
    (void)pthread_cond_destroy(&campaign->room);
    (void)pthread_cond_destroy(&campaign->ready);
    free(campaign);
    return error;
}
