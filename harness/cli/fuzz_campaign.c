/* SPDX-License-Identifier: MIT
 *
 * fuzz_campaign.c -- keeps the workers of a fuzzing campaign going, until its time is over, its
 * runs are executed, or somebody stops it; what was found until then is kept.
 *
 * Workers are processes in sessions of their own; the warden kills them if we die.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "curfew/base.h"
#include "curfew/wait.h"
#include "fuzz.h"
#include "launch.h"
#include "options.h"

#define LOOK_NS UINT64_C(100000000)
#define STALLED_NS UINT64_C(20000000000) /* an execution takes milliseconds */
#define END_NS UINT64_C(10000000000)     /* a worker that was asked to end */
#define BARREN_MAX 5u

uint64_t fuzz_executions(const struct fuzz *fuzz)
{
    uint64_t executions = 0;
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        executions += __atomic_load_n(&fuzz->workers[at].status->executions, __ATOMIC_RELAXED);
    }
    return executions;
}

static void fail(struct fuzz *fuzz, const char *what, const char *subject, int error)
{
    if (fuzz->error[0] == '\0') {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "%s '%s': %s", what, subject,
                       strerror(error));
    }
}

/* ---- one worker ---- */

/* Each worker has a processor of its own, if there is one: a thread that is woken on another takes
 * five times as long. */
static void worker_place(const struct fuzz_worker *worker)
{
    int cpu = control_cpu(worker->number);
    if (cpu >= 0) {
        control_cpu_pin(worker->pid, cpu);
    }
}

static bool worker_make(struct fuzz *fuzz, unsigned number)
{
    struct fuzz_worker *worker = &fuzz->workers[number];
    char path[700];
    *worker = (struct fuzz_worker){ .number = number, .pidfd = -1, .stability = -1 };
    (void)snprintf(worker->directory, sizeof(worker->directory), "%s/worker-%u", fuzz->home.path,
                   number);
    (void)snprintf(path, sizeof(path), "%s.log", worker->directory);
    worker->log_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)snprintf(path, sizeof(path), "%s.status", worker->directory);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool made = worker->log_fd >= 0 && fd >= 0 && mkdir(worker->directory, 0700) == 0 &&
                ftruncate(fd, sizeof *worker->status) == 0;
    void *mapped =
        made ? mmap(NULL, sizeof *worker->status, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (mapped == MAP_FAILED) {
        fail(fuzz, "cannot make", worker->directory, errno);
    } else {
        worker->status = mapped;
        fuzz->workers_count++;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return mapped != MAP_FAILED;
}

static void worker_start(struct fuzz *fuzz, struct fuzz_worker *worker)
{
    struct argv argv = { .words = NULL };
    struct argv environment = { .words = NULL };
    bool exec_failed = false;
    bool more = fuzz->options->engine->command(fuzz, worker, &argv, &environment);
    worker->over = !more || fuzz->error[0] != '\0';
    if (!worker->over && (argv.failed || environment.failed)) {
        fail(fuzz, "cannot start", argv.count > 0 ? argv.words[0] : "", ENOMEM);
    } else if (!worker->over) {
        struct launch launch = {
            .path = argv.words[0],
            .argv = argv.words,
            .envp = environment.words,
            .directory = fuzz->subject->is_scenario ? fuzz->home.path : NULL,
            .stdin_fd = -1,
            .output_fd = worker->log_fd,
            .ledger_fd = -1,
        };
        (void)ftruncate(worker->log_fd, 0);
        worker->started_at = worker->changed_at = worker->status->executions; /* before it runs */
        int failed = launch_process(&launch, &worker->pid, &worker->pidfd, &exec_failed);
        if (failed != 0) {
            worker->pid = 0;
            fail(fuzz, "cannot start", argv.words[0], -failed);
        } else {
            fuzz->home.warden.sessions[worker->number] = worker->pid;
            worker_place(worker);
        }
        worker->changed_ns = curfew_deadline_after(0);
    }
    argv_fini(&argv);
    argv_fini(&environment);
}

/* AFL++ colours what it writes, whoever reads it. */
static void remove_colours(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (at[0] == '\x1b' && at[1] == '[') {
            at += 2 + strspn(at + 2, "0123456789;");
            if (*at == '\0') {
                break;
            }
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
}

/* The line that the process wrote last. */
static void log_line(const struct fuzz_worker *worker, char line[400])
{
    char text[8192];
    off_t end = lseek(worker->log_fd, 0, SEEK_END);
    off_t from = end > (off_t)sizeof(text) ? end - (off_t)sizeof(text) + 1 : 0;
    ssize_t size = pread(worker->log_fd, text, sizeof(text) - 1, from);
    text[size > 0 ? size : 0] = '\0';
    remove_colours(text);
    size = (ssize_t)strlen(text);
    char *abort_line = strstr(text, "PROGRAM ABORT : "); /* AFL++'s; where it is comes behind it */
    if (abort_line != NULL) {
        (void)snprintf(line, 400, "%.*s", (int)strcspn(abort_line, "\n"), abort_line);
        return;
    }
    while (size > 0 && text[size - 1] == '\n') {
        text[--size] = '\0';
    }
    const char *last = strrchr(text, '\n');
    (void)snprintf(line, 400, "%s", last != NULL ? last + 1 : text);
}

/* Why a process ended: it is through, it found something, it began anew, or it cannot work. */
static void worker_ended(struct fuzz *fuzz, struct fuzz_worker *worker, int wait_status)
{
    uint64_t executions = worker->status->executions;
    char line[400];
    int found_status = fuzz->options->engine->found_status;
    bool failed =
        WIFSIGNALED(wait_status) || (WEXITSTATUS(wait_status) == found_status && found_status != 0);
    bool found = worker->stalled || (failed && executions > worker->started_at);
    worker->barren = executions > worker->started_at ? 0 : worker->barren + 1;
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) != 0 && !found) {
        log_line(worker, line);
        (void)snprintf(fuzz->error, sizeof(fuzz->error),
                       "the fuzzing engine ended with status "
                       "%d: %.400s",
                       WEXITSTATUS(wait_status), line);
    } else if (worker->barren > BARREN_MAX) {
        log_line(worker, line);
        (void)snprintf(fuzz->error, sizeof(fuzz->error),
                       "the fuzzing engine ends without executing anything: %.400s", line);
    }
    if (found && fuzz->options->engine->look == NULL) {
        fuzz_finding(fuzz, worker->status->bytes, worker->status->size);
    }
    worker->stalled = false;
}

/* True: it has ended, and was waited for. */
static bool worker_reap(struct fuzz *fuzz, struct fuzz_worker *worker, int *out_status)
{
    if (worker->pid == 0 || waitpid(worker->pid, out_status, WNOHANG) != worker->pid) {
        return false;
    }
    (void)close(worker->pidfd);
    fuzz->home.warden.sessions[worker->number] = 0;
    worker->pid = 0;
    worker->pidfd = -1;
    return true;
}

/* An execution that takes no step is none that its process could end. */
static void worker_watch(struct fuzz_worker *worker, uint64_t now)
{
    uint64_t executions = __atomic_load_n(&worker->status->executions, __ATOMIC_RELAXED);
    if (executions != worker->changed_at) {
        worker->changed_at = executions;
        worker->changed_ns = now;
    } else if (worker->pid > 0 && now - worker->changed_ns > STALLED_NS) {
        worker->stalled = true;
        (void)kill(worker->pid, SIGKILL);
    }
}

/* ---- all of them ---- */

static void tell_progress(struct fuzz *fuzz)
{
    const struct fuzz_options *options = fuzz->options;
    struct campaign_progress told = {
        .executions = fuzz_executions(fuzz),
        .executions_total = options->runs,
        .failures = fuzz->total.failures,
        .kinds = fuzz->total.kinds,
        .stability = -1,
        .elapsed_ns = curfew_deadline_after(0) - fuzz->started_ns,
        .time_ns = options->time_ns,
    };
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        double stability = fuzz->workers[at].stability;
        if (stability >= 0 && (told.stability < 0 || stability < told.stability)) {
            told.stability = stability;
        }
    }
    fuzz->total.stability = told.stability;
    outputs_progress(fuzz->outputs, &told);
}

static bool is_over(const struct fuzz *fuzz)
{
    const struct fuzz_options *options = fuzz->options;
    bool working = false;
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        working = working || !fuzz->workers[at].over;
    }
    return !working || fuzz->error[0] != '\0' || fuzz->total.kinds >= options->findings_max ||
           curfew_deadline_after(0) - fuzz->started_ns >= options->time_ns;
}

/* Waits until a worker ends, somebody stops us, or it is time to look around. */
static void wait_for_workers(struct fuzz *fuzz)
{
    struct pollfd fds[FUZZ_JOBS_MAX];
    nfds_t count = 0;
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        if (fuzz->workers[at].pid > 0) {
            fds[count++] = (struct pollfd){ .fd = fuzz->workers[at].pidfd, .events = POLLIN };
        }
    }
    (void)!curfew_poll(fds, count, fuzz->stop, curfew_deadline_after(LOOK_NS));
}

static void look_around(struct fuzz *fuzz)
{
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        if (fuzz->options->engine->look != NULL) {
            fuzz->options->engine->look(fuzz, &fuzz->workers[at]);
        } else {
            worker_watch(&fuzz->workers[at], curfew_deadline_after(0));
        }
    }
    tell_progress(fuzz);
}

static void work(struct fuzz *fuzz)
{
    uint64_t next_look_ns = 0;
    while (!is_over(fuzz) && !curfew_stop_is_requested(fuzz->stop)) {
        for (unsigned at = 0; at < fuzz->workers_count; at++) {
            struct fuzz_worker *worker = &fuzz->workers[at];
            int status;
            if (worker_reap(fuzz, worker, &status)) {
                worker_ended(fuzz, worker, status);
            }
            if (worker->pid == 0 && !worker->over && fuzz->error[0] == '\0') {
                worker_start(fuzz, worker);
            }
        }
        wait_for_workers(fuzz);
        if (curfew_deadline_after(0) >= next_look_ns) {
            look_around(fuzz);
            next_look_ns = curfew_deadline_after(LOOK_NS);
        }
    }
}

/* False: it still runs at the deadline. */
static bool ends(const struct fuzz_worker *worker, uint64_t deadline_ns)
{
    struct pollfd fd = { .fd = worker->pidfd, .events = POLLIN };
    int ready = 0;
    while (ready <= 0 && curfew_deadline_after(0) < deadline_ns) {
        ready = poll(&fd, 1, (int)(LOOK_NS / 1000000));
    }
    return ready > 0;
}

/* Asks all workers to end, and kills those that do not. */
static void end_workers(struct fuzz *fuzz)
{
    uint64_t deadline_ns = curfew_deadline_after(END_NS);
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        if (fuzz->workers[at].pid > 0) {
            (void)kill(fuzz->workers[at].pid, fuzz->options->engine->stop_signal);
        }
    }
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        struct fuzz_worker *worker = &fuzz->workers[at];
        int status;
        if (worker->pid > 0 && !ends(worker, deadline_ns)) {
            (void)kill(worker->pid, SIGKILL);
            (void)ends(worker, CURFEW_NO_DEADLINE);
        }
        (void)worker_reap(fuzz, worker, &status);
        if (fuzz->options->engine->look != NULL) {
            fuzz->options->engine->look(fuzz, worker);
        }
    }
}

static void fini(struct fuzz *fuzz)
{
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        (void)close(fuzz->workers[at].log_fd);
        (void)munmap(fuzz->workers[at].status, sizeof *fuzz->workers[at].status);
    }
    fuzz_finding_fini(fuzz);
    argv_fini(&fuzz->corpus);
    free(fuzz->state);
    control_home_remove(&fuzz->home);
}

int fuzz_campaign(struct fuzz *fuzz)
{
    const struct fuzz_options *options = fuzz->options;
    struct out_result *total = &fuzz->total;
    bool ready = control_home_make(&fuzz->home, fuzz->error) == 0;
    total->verdicts = VERDICT_BIT(VERDICT_PASS);
    fuzz->started_ns = curfew_deadline_after(0);
    for (unsigned at = 0; ready && at < options->jobs; at++) {
        ready = worker_make(fuzz, at);
    }
    if (ready) {
        outputs_begin(fuzz->outputs);
    }
    ready = ready && fuzz_learn(fuzz) && options->engine->begin(fuzz);
    if (ready) {
        fuzz->started_ns = curfew_deadline_after(0);
        work(fuzz);
        end_workers(fuzz);
        if (options->engine->end != NULL) {
            options->engine->end(fuzz);
        }
    }
    total->executions = fuzz_executions(fuzz);
    total->elapsed_ns = curfew_deadline_after(0) - fuzz->started_ns;
    total->interrupted = curfew_stop_is_requested(fuzz->stop);
    fini(fuzz);
    if (total->executions > 0 || total->kinds > 0 || fuzz->error[0] == '\0') {
        fuzz->subject->executions = total->executions;
        fuzz->subject->failures = total->failures;
        fuzz->subject->verdicts = total->verdicts;
        outputs_end(fuzz->outputs, total);
    }
    int status = verdict_exit_status(verdict_of_all(total->verdicts));
    if (fuzz->error[0] != '\0' && fuzz->outputs->error == 0) {
        (void)plain_error(options->verb, STATUS_UNJUDGED, "%s", fuzz->error);
    }
    return fuzz->outputs->error != 0 || fuzz->unsaved ||
                   (fuzz->error[0] != '\0' && status == STATUS_PASS)
               ? STATUS_UNJUDGED
               : status;
}
