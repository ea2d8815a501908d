/* SPDX-License-Identifier: MIT
 *
 * campaign.c -- many executions of one program, on several fork servers at once; each failure, and
 * the end of the first process, is executed twice before it is told.
 *
 * Each worker thread has a session of its own.  It takes the next index (or, if the program loops,
 * the next few), executes it, and puts the record into a ring; the caller's thread delivers records
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

#define RING 2048u          /* executions that may be ahead of the one to be delivered next */
#define BATCH 64u           /* passes are delivered by so many */
#define PROCESS_FIRST 16u   /* executions of the first process of a program that loops */
#define PROCESS_MS_MAX 100u /* a process of many should not take much longer */
#define LOOK_MS 100         /* how often progress is told */
#define STEPS_ENDLESS 1000u /* taken as length of a program that runs until it is stopped */
#define REACH_BEHIND 4u     /* where it waits for good is behind its last step */
#define REACH_MAX 10000u    /* whoever goes further without a signal does so until it is stopped */
#define KINDS_MAX 512       /* of failures, that are told apart */

int control_learn(struct control_session *session, struct control_outcome *out_outcome,
                  char error[512])
{
    const char *strategy = session->options.strategy;
    uint32_t signals_count = session->options.signals_count;
    session->options.strategy = "rr";
    int failed = control_execute(session, 0, NULL, 0, out_outcome, error);
    if (failed == 0 && out_outcome->early) {
        session->options.signals_count = 0;
        failed = control_execute(session, 0, NULL, 0, out_outcome, error);
    }
    session->options.signals_count = signals_count;
    session->options.strategy = strategy;
    if (failed == 0) {
        bool endless = out_outcome->verdict == VERDICT_LIVELOCK;
        control_expect_steps(session, endless ? STEPS_ENDLESS : out_outcome->steps);
    }
    return failed;
}

/* The base schedule sends a signal as soon as nobody else can go on.  What comes behind that, when
 * none does, is out of the reach of whoever goes by its length alone. */
int control_learn_reach(struct control_session *session, uint32_t *out_steps, char error[512])
{
    struct control_outcome outcome;
    struct control_options *options = &session->options;
    const struct control_options before = *options;
    *out_steps = session->expected_steps;
    if (options->signals_count == 0) {
        return 0;
    }
    options->strategy = "rr";
    options->signals_count = 0;
    options->steps_max = before.steps_max < REACH_MAX ? before.steps_max : REACH_MAX;
    int failed = control_execute(session, 0, NULL, 0, &outcome, error);
    *options = before;
    if (failed == 0) {
        bool endless = outcome.verdict == VERDICT_LIVELOCK;
        uint32_t steps = endless ? STEPS_ENDLESS : (uint32_t)outcome.steps + REACH_BEHIND;
        *out_steps = steps > *out_steps ? steps : *out_steps;
    }
    return failed;
}

/* ---- the campaign ---- */

struct kind {
    uint64_t kind;
    uint64_t index; /* the lowest that has a report of it */
};

struct slot {
    bool full;
    int error;
    char error_text[512];
    struct control_record record;
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

static struct slot *slot_begin(struct campaign *campaign, uint64_t index)
{
    const struct control_options *options = campaign->options;
    struct slot *slot = &campaign->ring[index % RING];
    slot->error = 0;
    slot->record = (struct control_record){ .number = number_of(options, index) };
    return slot;
}

static void slot_fill(struct campaign *campaign, uint64_t index, struct slot *slot)
{
    bool is_failure = slot->record.is_failure;
    bool last = slot->error != 0 || (is_failure && !campaign->options->keep_going);
    (void)pthread_mutex_lock(&campaign->lock);
    slot->full = true;
    if (last && index + 1 < campaign->limit) {
        campaign->limit = index + 1;
        (void)pthread_cond_broadcast(&campaign->room);
    }
    if (last || is_failure || index % BATCH == BATCH - 1) {
        (void)pthread_cond_broadcast(&campaign->ready);
    }
    (void)pthread_mutex_unlock(&campaign->lock);
}

/* An execution that its process passed, with others behind it. */
static void fill_passed(struct campaign *campaign, struct control_session *session, uint64_t index,
                        uint32_t at)
{
    const struct rt_batch_result *result = &control_memory(session)->batch_results[at];
    struct slot *slot = slot_begin(campaign, index);
    slot->record.outcome = (struct control_outcome){
        .verdict = VERDICT_PASS,
        .seed = campaign->options->seed + slot->record.number,
        .steps = result->steps,
        .hash = result->hash,
        .clock_ns = result->clock_ns,
        .threads = result->threads,
        .outside = result->outside != 0,
        .signals = result->signals,
        .earned = VERDICT_BIT(VERDICT_PASS),
    };
    slot_fill(campaign, index, slot);
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

/* Runs one process, which executes `count` indices if the program loops, until one fails.  Returns
 * how many it executed. */
static uint32_t execute(struct campaign *campaign, struct control_session *session, uint64_t index,
                        uint32_t count)
{
    const struct control_options *options = campaign->options;
    struct control_outcome outcome;
    char error[512];
    bool is_first = index == 0;
    const struct control_series *series = options->series;
    uint64_t number = number_of(options, index);
    if (series != NULL) {
        series->arrange(series->context, number, &session->options);
    }
    int failed = control_execute_batch(session, options->seed + (series == NULL ? number : 0),
                                       options->shards, count, &outcome, error);
    uint32_t passed = failed == 0 ? control_memory(session)->batch_done : 0;
    for (uint32_t at = 0; at < passed; at++) {
        fill_passed(campaign, session, index + at, at);
    }
    index += passed;
    struct slot *slot = slot_begin(campaign, index);
    struct control_record *record = &slot->record;
    slot->error = failed;
    if (failed == 0) {
        record->outcome = outcome;
        if (series != NULL && series->executed != NULL) {
            series->executed(series->context, number, session);
        }
    } else {
        (void)snprintf(slot->error_text, sizeof slot->error_text, "%s", error);
    }
    /* The first process, too: a program with a source of its own differs from itself at once. */
    if (slot->error == 0 && (record->outcome.verdict != VERDICT_PASS || is_first)) {
        slot->error = control_confirm(session, &record->outcome, slot->error_text);
    }
    if (slot->error == 0) {
        record->is_failure = record->outcome.verdict != VERDICT_PASS;
        if (record->is_failure) {
            record->kind = control_place(session, &record->outcome);
            if (claim_kind(campaign, record->kind, index) || options->keeps_reports) {
                control_record_report(session, record);
            }
        }
        control_record_keep(session, record);
    }
    slot_fill(campaign, index, slot);
    return passed + 1;
}

/* Processes of a program that loops execute twice as many each time while that takes a short time:
 * then starting them costs nothing, and whoever waits for the end does not wait for long. */
static uint32_t process_next(uint32_t count, uint64_t started_ns)
{
    if (now_ns() - started_ns > PROCESS_MS_MAX * UINT64_C(1000000)) {
        return count > 1 ? count / 2 : 1;
    }
    return count < RT_BATCH_MAX / 2 ? count * 2 : RT_BATCH_MAX;
}

/* Executes what is left to take. */
static void execute_all(struct campaign *campaign, struct control_session *session)
{
    const struct control_options *options = campaign->options;
    bool loops = options->loop && options->series == NULL && control_memory(session)->loops != 0 &&
                 !options->keeps_outputs && !options->keeps_ends &&
                 options->keeps_traces != CONTROL_KEEPS_ALL;
    uint32_t wanted = loops ? PROCESS_FIRST : 1;
    uint64_t index;
    for (;;) {
        uint64_t started_ns = now_ns();
        uint32_t count = take(campaign, wanted, &index);
        if (count == 0) {
            return;
        }
        while (count > 0) {
            uint32_t executed = execute(campaign, session, index, count);
            index += executed;
            count -= executed;
        }
        wanted = loops ? process_next(wanted, started_ns) : 1;
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

static void deliver(struct campaign *campaign, struct slot *slot, struct control_hashes *told)
{
    struct control_result *result = campaign->result;
    struct control_record *record = &slot->record;
    if (slot->error == -ECANCELED) {
        result->interrupted = true;
        return;
    }
    if (slot->error != 0) {
        return;
    }
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

/* Delivers until nothing more will come.  lock held; let go of while the sink is called. */
static void deliver_all(struct campaign *campaign)
{
    struct control_hashes told = { NULL, 0, 0 };
    uint64_t told_ns = campaign->started_ns;
    for (;;) {
        struct slot *slot = &campaign->ring[campaign->delivered % RING];
        if (slot->full && campaign->delivered < campaign->limit) {
            (void)pthread_mutex_unlock(&campaign->lock);
            deliver(campaign, slot, &told);
            control_record_fini(&slot->record);
            (void)pthread_mutex_lock(&campaign->lock);
            slot->full = false;
            campaign->delivered++;
            if (campaign->delivered % BATCH == 0) {
                (void)pthread_cond_broadcast(&campaign->room);
            }
            if (slot->error != 0) { /* nothing behind it counts */
                note_error(campaign, slot->error == -ECANCELED ? 0 : slot->error, slot->error_text);
                campaign->limit = campaign->delivered;
                (void)pthread_cond_broadcast(&campaign->room);
            }
        } else if (campaign->working == 0) {
            break;
        } else {
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
    for (unsigned at = 0; at < RING; at++) {
        control_record_fini(&campaign->ring[at].record);
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
