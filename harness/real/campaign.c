/* SPDX-License-Identifier: MIT
 *
 * campaign.c -- the event loop that drives executions, round robin over the subjects.
 */
#include "campaign.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "curfew/base.h"
#include "launch.h"
#include "procs.h"
#include "stream.h"
#include "warden.h"

#define LOOK_NS UINT64_C(200000000)      /* sleep no longer, to notice that we were stopped */
#define DISTURBED_NS UINT64_C(500000000) /* oversleeping by this much says so */
#define PROGRESS_NS UINT64_C(200000000)
#define PLACES_MAX 1024u /* kinds of failure that are told apart */

_Static_assert(CAMPAIGN_JOBS_MAX <= WARDEN_SESSIONS_MAX / 2,
               "each execution and its tool has a slot");

struct campaign {
    const struct campaign_config *config;
    const struct campaign_sink *sink;
    struct campaign_result *result;
    struct surroundings around;
    struct warden warden;
    struct execution *executions; /* [config->jobs] */
    struct finding *findings;     /* [config->jobs]; of those that are being named */
    struct pollfd *fds;
    char scratch[SCRATCH_PATH_BYTES];
    char mark[32];
    char *gdb;
    char *symbolizer;
    char **places; /* owned, and each of them; kinds of failure seen */
    size_t places_count;
    uint64_t started_ns;
    uint64_t next;   /* index of the next execution over all subjects */
    uint64_t rounds; /* no execution beyond this round is started */
    unsigned running;
    uint64_t progress_ns;
    int error;
};

static int fail(struct campaign *campaign, int error, const char *what, const char *subject)
{
    if (campaign->error == 0) {
        campaign->error = error;
        (void)snprintf(campaign->result->message, sizeof(campaign->result->message),
                       "cannot %s '%s': %s", what, subject, strerror(-error));
    }
    return error;
}

static int prepare(struct campaign *campaign)
{
    const struct campaign_config *config = campaign->config;
    uint64_t nonce;
    campaign->executions = calloc(config->jobs, sizeof(*campaign->executions));
    campaign->findings = calloc(config->jobs, sizeof(*campaign->findings));
    campaign->fds = calloc(1 + (size_t)config->jobs * EXECUTION_POLLFDS, sizeof(*campaign->fds));
    campaign->places = calloc(PLACES_MAX, sizeof(*campaign->places));
    if (campaign->executions == NULL || campaign->findings == NULL || campaign->fds == NULL ||
        campaign->places == NULL) {
        return fail(campaign, -ENOMEM, "get memory for", "the campaign");
    }
    for (unsigned slot = 0; slot < config->jobs; slot++) {
        campaign->executions[slot].slot = slot;
    }
    if (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce)) {
        return fail(campaign, -EIO, "draw", "a random number");
    }
    (void)snprintf(campaign->mark, sizeof(campaign->mark), "curfew-%016" PRIx64, nonce);
    /* Reports are poorer without them: `curfew doctor` says so. */
    (void)launch_find("gdb", &campaign->gdb);
    (void)launch_find("llvm-symbolizer", &campaign->symbolizer);
    launch_raise_descriptor_limit();
    int status = scratch_make(campaign->scratch);
    if (status != 0) {
        campaign->scratch[0] = '\0';
        return fail(campaign, status, "make", "a scratch directory in $TMPDIR or /tmp");
    }
    status = warden_start(&campaign->warden, campaign->scratch, campaign->mark);
    if (status != 0) {
        return fail(campaign, status, "start", "the warden process");
    }
    /* Orphans come to us, and signals are sent when they are due. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1ul);
    (void)prctl(PR_SET_TIMERSLACK, 1ul);
    campaign->around = (struct surroundings){
        .scratch = campaign->scratch,
        .mark = campaign->mark,
        .deadline_ns = config->deadline_ns,
        .gdb = campaign->gdb,
        .symbolizer = campaign->symbolizer,
        .sessions = campaign->warden.sessions,
        .warden = campaign->warden.pid,
    };
    campaign->rounds = config->runs;
    campaign->started_ns = curfew_deadline_after(0);
    return 0;
}

static bool time_is_up(const struct campaign *campaign)
{
    uint64_t limit = campaign->config->time_ns;
    return limit != UINT64_MAX && curfew_deadline_after(0) - campaign->started_ns >= limit;
}

static void start_more(struct campaign *campaign)
{
    const struct campaign_config *config = campaign->config;
    for (unsigned slot = 0; slot < config->jobs && campaign->error == 0; slot++) {
        struct execution *execution = &campaign->executions[slot];
        uint64_t round = campaign->next / config->subjects_count;
        if (execution->state != EXECUTION_FREE) {
            continue;
        }
        if (round >= campaign->rounds || time_is_up(campaign)) {
            return;
        }
        bool at_exec;
        struct subject *subject = &config->subjects[campaign->next % config->subjects_count];
        int status = execution_start(execution, &campaign->around, subject, round,
                                     stream_execution_seed(config->seed, round), &at_exec);
        if (status != 0) {
            campaign->result->not_executable = at_exec;
            (void)fail(campaign, status, at_exec ? "execute" : "start", subject->path);
            return;
        }
        campaign->next++;
        campaign->running++;
    }
}

/* True if this kind of failure was not seen before. */
static bool is_new_kind(struct campaign *campaign, const struct subject *subject,
                        const struct finding *finding)
{
    char *key;
    if (campaign->places_count == PLACES_MAX ||
        asprintf(&key, "%td %s", subject - campaign->config->subjects, finding->place) < 0) {
        return false;
    }
    for (size_t index = 0; index < campaign->places_count; index++) {
        if (strcmp(campaign->places[index], key) == 0) {
            free(key);
            return false;
        }
    }
    campaign->places[campaign->places_count++] = key;
    return true;
}

static void release(struct campaign *campaign, struct execution *execution)
{
    struct finding *finding = &campaign->findings[execution->slot];
    free(finding->details);
    *finding = (struct finding){ .earned = 0 };
    execution_fini(execution, &campaign->around);
    campaign->running--;
}

/* Judged by time while this process itself did not run (stopped, or starved): says nothing about
 * the program, so the execution is made again. */
static bool repeat_if_disturbed(struct campaign *campaign, struct execution *execution,
                                struct finding *finding)
{
    uint32_t by_time = VERDICT_BIT(VERDICT_HANG) | VERDICT_BIT(VERDICT_LATE) |
                       VERDICT_BIT(VERDICT_LOST) | VERDICT_BIT(VERDICT_UNSUPPORTED);
    struct subject *subject = execution->subject;
    uint64_t number = execution->number;
    uint64_t seed = execution->seed;
    bool at_exec;
    if (!execution->disturbed || (finding->earned & by_time) == 0) {
        return false;
    }
    release(campaign, execution);
    int status = execution_start(execution, &campaign->around, subject, number, seed, &at_exec);
    if (status != 0) {
        (void)fail(campaign, status, "start", subject->path);
    } else {
        campaign->running++;
    }
    return true;
}

static void account(struct campaign *campaign, struct execution *execution)
{
    struct subject *subject = execution->subject;
    struct campaign_result *result = campaign->result;
    struct finding *finding = &campaign->findings[execution->slot];
    uint64_t stop_ns = execution_stop_ns(execution);
    uint64_t signals = plan_sent(&execution->plan);

    judge_execution(execution, campaign->config->deadline_ns, finding);
    if (repeat_if_disturbed(campaign, execution, finding)) {
        return;
    }
    if (campaign->sink->execution != NULL) {
        campaign->sink->execution(campaign->sink->context, execution, finding);
    }
    subject->executions++;
    subject->autopsied = subject->autopsied || execution->backtrace != NULL;
    subject->signals += signals;
    subject->early += finding->early ? 1 : 0;
    subject->idle += signals == 0 ? 1 : 0;
    subject->verdicts |= VERDICT_BIT(finding->verdict);
    if (stop_ns > subject->slowest_stop_ns) {
        subject->slowest_stop_ns = stop_ns;
    }
    result->executions++;
    result->signals += signals;
    result->early += finding->early ? 1 : 0;
    result->verdicts |= VERDICT_BIT(finding->verdict);
    if (finding->earned == 0) {
        release(campaign, execution);
        return;
    }
    subject->failures++;
    result->failures++;
    uint64_t started =
        (campaign->next + campaign->config->subjects_count - 1) / campaign->config->subjects_count;
    if (!campaign->config->keep_going && started < campaign->rounds) {
        campaign->rounds = started;
    }
    if (!is_new_kind(campaign, subject, finding)) {
        release(campaign, execution);
        return;
    }
    result->distinct++;
    execution_name_lines(execution, &campaign->around);
}

static void look_at(struct campaign *campaign, struct execution *execution)
{
    execution_advance(execution, &campaign->around);
    if (execution->state == EXECUTION_ENDED) {
        account(campaign, execution);
    }
    if (execution->state == EXECUTION_NAMED) {
        struct campaign_failure failure = { execution->subject, execution,
                                            &campaign->findings[execution->slot] };
        campaign->sink->failure(campaign->sink->context, &failure);
        release(campaign, execution);
    }
}

static void tell_progress(struct campaign *campaign)
{
    const struct campaign_config *config = campaign->config;
    uint64_t time_ns = curfew_deadline_after(0);
    if (time_ns < campaign->progress_ns) {
        return;
    }
    campaign->progress_ns = time_ns + PROGRESS_NS;
    struct campaign_progress progress = {
        .executions = campaign->result->executions,
        .executions_total =
            campaign->rounds == UINT64_MAX ? UINT64_MAX : campaign->rounds * config->subjects_count,
        .failures = campaign->result->failures,
        .elapsed_ns = time_ns - campaign->started_ns,
        .time_ns = config->time_ns,
    };
    campaign->sink->progress(campaign->sink->context, &progress);
}

static void wait_and_look(struct campaign *campaign, int stop_fd)
{
    unsigned jobs = campaign->config->jobs;
    unsigned first[CAMPAIGN_JOBS_MAX + 1];
    unsigned count = 1;
    uint64_t wake_ns = campaign->progress_ns;

    campaign->fds[0] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
    for (unsigned slot = 0; slot < jobs; slot++) {
        const struct execution *execution = &campaign->executions[slot];
        first[slot] = count;
        if (execution->state != EXECUTION_FREE) {
            count += execution_pollfds(execution, &campaign->fds[count]);
            wake_ns = execution->wake_ns < wake_ns ? execution->wake_ns : wake_ns;
        }
    }
    first[jobs] = count;
    uint64_t time_ns = curfew_deadline_after(0);
    uint64_t wait_ns = wake_ns > time_ns ? wake_ns - time_ns : 0;
    wait_ns = wait_ns < LOOK_NS ? wait_ns : LOOK_NS;
    struct timespec timeout = { (time_t)(wait_ns / 1000000000u), (long)(wait_ns % 1000000000u) };
    int ready = ppoll(campaign->fds, count, &timeout, NULL);
    bool disturbed = curfew_deadline_after(0) - time_ns > wait_ns + DISTURBED_NS;
    time_ns = curfew_deadline_after(0);
    for (unsigned slot = 0; slot < jobs; slot++) {
        struct execution *execution = &campaign->executions[slot];
        execution->disturbed = execution->disturbed || disturbed;
        bool due = execution->wake_ns <= time_ns;
        for (unsigned at = first[slot]; at < first[slot + 1] && ready > 0; at++) {
            due = due || campaign->fds[at].revents != 0;
        }
        if (due && execution->state != EXECUTION_FREE) {
            look_at(campaign, execution);
        }
    }
}

#define STRAY_LOOKS 100u /* of 2 ms each: who is about to end may do so */

struct stray_sweep {
    struct campaign *campaign;
    bool kills;
    size_t alive;
};

static bool sweep_child(pid_t pid, void *context)
{
    struct stray_sweep *sweep = context;
    if (!execution_is_own(&sweep->campaign->around, pid) && waitpid(pid, NULL, WNOHANG) == 0) {
        sweep->alive++;
        if (sweep->kills) {
            (void)kill(pid, SIGKILL);
        }
    }
    return true;
}

/* All executions are over: whoever is still our child escaped by leaving its session and its
 * environment.  It goes, and is counted. */
static void sweep_strays(struct campaign *campaign)
{
    for (unsigned pass = 0; pass < 2 * STRAY_LOOKS; pass++) {
        struct stray_sweep sweep = { campaign, pass >= STRAY_LOOKS, 0 };
        procs_each_child(sweep_child, &sweep);
        if (sweep.alive == 0) {
            return;
        }
        campaign->result->strays += pass == STRAY_LOOKS ? sweep.alive : 0;
        struct timespec moment = { 0, 2000000 }; /* The killed need a moment to be gone. */
        (void)nanosleep(&moment, NULL);
    }
}

static void clean_up(struct campaign *campaign)
{
    if (campaign->running > 0) { /* All at once: a look at all processes takes its time. */
        warden_kill(campaign->warden.sessions, WARDEN_SESSIONS_MAX, campaign->mark);
    }
    for (unsigned slot = 0; campaign->executions != NULL && campaign->around.sessions != NULL &&
                            slot < campaign->config->jobs;
         slot++) {
        if (campaign->executions[slot].state != EXECUTION_FREE) {
            execution_abort(&campaign->executions[slot], &campaign->around);
            free(campaign->findings[slot].details);
        }
    }
    if (campaign->around.sessions != NULL) {
        sweep_strays(campaign);
    }
    warden_stop(&campaign->warden,
                campaign->scratch); /* This removes the scratch directory, too. */
    if (campaign->around.sessions == NULL && campaign->scratch[0] != '\0') {
        scratch_remove(campaign->scratch);
    }
    (void)prctl(PR_SET_TIMERSLACK, 0ul);
    for (size_t index = 0; index < campaign->places_count; index++) {
        free(campaign->places[index]);
    }
    free(campaign->places);
    free(campaign->executions);
    free(campaign->findings);
    free(campaign->fds);
    free(campaign->gdb);
    free(campaign->symbolizer);
}

int campaign_run(const struct campaign_config *config, const struct campaign_sink *sink,
                 struct campaign_result *out_result)
{
    struct campaign campaign = { .config = config, .sink = sink, .result = out_result };
    *out_result = (struct campaign_result){ .executions = 0 };
    int stop_fd = curfew_stop_fd(config->stop);
    if (stop_fd < 0) {
        return fail(&campaign, stop_fd, "watch", "the stop");
    }
    int status = prepare(&campaign);
    while (status == 0 && campaign.error == 0) {
        if (curfew_stop_is_requested(config->stop)) {
            out_result->interrupted = true;
            break;
        }
        start_more(&campaign);
        if (campaign.running == 0) {
            break;
        }
        tell_progress(&campaign);
        wait_and_look(&campaign, stop_fd);
    }
    for (size_t index = 0; index < config->subjects_count; index++) {
        if (subject_doubt(&config->subjects[index])) {
            out_result->verdicts |= VERDICT_BIT(VERDICT_UNSUPPORTED);
        }
    }
    out_result->elapsed_ns =
        campaign.started_ns != 0 ? curfew_deadline_after(0) - campaign.started_ns : 0;
    clean_up(&campaign);
    return campaign.error;
}
