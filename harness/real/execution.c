/* SPDX-License-Identifier: MIT
 *
 * execution.c -- the states of one execution up to its end; leftover.c takes over from there.
 *
 * Nothing here blocks for long: each look does what is possible, and sets wake_ns to the next time
 * at which something is due.
 */
#include "execution.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "curfew/base.h"
#include "environment.h"
#include "execution_end.h"
#include "launch.h"
#include "procs.h"
#include "sanitizer.h"
#include "warden.h"

#define HANG_DEADLINES 3u
#define TOOL_LIMIT_NS UINT64_C(15000000000)

static uint64_t now(void)
{
    return curfew_deadline_after(0);
}

static uint64_t later(uint64_t from_ns, uint64_t by_ns, uint64_t times)
{
    return from_ns + by_ns * times;
}

static uint64_t earliest(uint64_t left, uint64_t right)
{
    return left < right ? left : right;
}

/* The slot of the table that holds the execution's tool. */
static pid_t *tool_session(const struct execution *execution, const struct surroundings *around)
{
    return &around->sessions[WARDEN_SESSIONS_MAX / 2 + execution->slot];
}

static int open_notify(struct execution *execution)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(execution->notify_address);
    execution->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (execution->notify_fd < 0) {
        return -errno;
    }
    memcpy(address.sun_path, execution->notify_address, length);
    address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return bind(execution->notify_fd, (const struct sockaddr *)&address, size) == 0 ? 0 : -errno;
}

static int launch_subject(struct execution *execution, const struct surroundings *around,
                          int ledger_fd, int output_fd, bool *out_exec)
{
    char **environment = environment_new(execution->notify_address, execution->directory,
                                         execution->report_path, execution->seed);
    if (environment == NULL) {
        return -ENOMEM;
    }
    struct launch launch = {
        .path = execution->subject->path,
        .argv = execution->subject->argv,
        .envp = environment,
        .directory = execution->directory,
        .stdin_fd = -1,
        .output_fd = output_fd,
        .ledger_fd = ledger_fd,
    };
    int status = launch_process(&launch, &execution->pid, &execution->pidfd, out_exec);
    environment_free(environment);
    if (status == 0) {
        around->sessions[execution->slot] = execution->pid;
        execution->anchors.started_ns = now();
        execution->state = EXECUTION_RUNNING;
    }
    return status;
}

int execution_start(struct execution *execution, const struct surroundings *around,
                    struct subject *subject, uint64_t number, uint64_t seed, bool *out_exec)
{
    int ledger_fd = -1;
    int output_fd = -1;
    *out_exec = false;
    *execution = (struct execution){
        .slot = execution->slot,
        .subject = subject,
        .number = number,
        .seed = seed,
        .pidfd = -1,
        .notify_fd = -1,
        .output = { .fd = -1 },
        .tool = TOOL_INIT,
    };
    (void)snprintf(execution->directory, SCRATCH_PATH_BYTES, "%s/%u", around->scratch,
                   execution->slot);
    (void)snprintf(execution->report_path, SCRATCH_PATH_BYTES, "%s/report-%u", around->scratch,
                   execution->slot);
    (void)snprintf(execution->notify_address, sizeof(execution->notify_address), "@%s-%u-%" PRIu64,
                   around->mark, execution->slot, now());
    plan_draw(&execution->plan, &subject->scenario, subject->is_scenario, seed, subject->text);

    int status = mkdir(execution->directory, S_IRWXU) == 0 ? 0 : -errno;
    status = status == 0 ? open_notify(execution) : status;
    status = status == 0 ? ledger_new(&execution->ledger, &ledger_fd) : status;
    status = status == 0 ? capture_open(&execution->output, &output_fd) : status;
    if (status == 0) {
        status = launch_subject(execution, around, ledger_fd, output_fd, out_exec);
    }
    if (ledger_fd >= 0) {
        (void)close(ledger_fd);
    }
    if (output_fd >= 0) {
        (void)close(output_fd);
    }
    if (status != 0) {
        execution_fini(execution, around);
    }
    return status;
}

static void read_notices(struct execution *execution)
{
    char text[4096];
    ssize_t got;
    while ((got = recv(execution->notify_fd, text, sizeof(text) - 1, 0)) >= 0 || errno == EINTR) {
        text[got > 0 ? got : 0] = '\0';
        char *rest = text;
        char *line;
        while ((line = strsep(&rest, "\n")) != NULL) {
            uint64_t *when = strcmp(line, "READY=1") == 0      ? &execution->anchors.ready_ns
                             : strcmp(line, "STOPPING=1") == 0 ? &execution->stopping_ns
                             : strcmp(line, "X_CURFEW_CLEANUP=1") == 0
                                 ? &execution->anchors.cleanup_ns
                                 : NULL;
            if (when != NULL && *when == 0) {
                *when = now();
            }
        }
    }
}

static bool reap_main(struct execution *execution)
{
    int status;
    if (waitpid(execution->pid, &status, WNOHANG) != execution->pid) {
        return false;
    }
    if (WIFSTOPPED(status)) { /* It called PTRACE_TRACEME: a stop, no end. */
        int signo = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        (void)ptrace(PTRACE_DETACH, execution->pid, NULL, (void *)(intptr_t)signo);
        return false;
    }
    execution->wait_status = status;
    execution->ended_ns = now();
    (void)close(execution->pidfd);
    execution->pidfd = -1;
    read_notices(execution);
    return true;
}

static void describe_late(struct execution *execution)
{
    char *text = NULL;
    size_t text_bytes;
    FILE *file = open_memstream(&text, &text_bytes);
    if (file == NULL) {
        return; /* Only a description is missing. */
    }
    uint64_t base = plan_first_stop_ns(&execution->plan);
    base = base != 0 ? base : execution->anchors.started_ns;
    (void)fprintf(file, "  %.3f s after the %s:\n", (double)(now() - base) / 1e9,
                  plan_first_stop_ns(&execution->plan) != 0 ? "stop signal" : "start");
    ledger_print_open(execution->ledger, file);
    procs_print_threads(execution->pid, file);
    if (fclose(file) != 0) {
        free(text);
        return;
    }
    free(execution->late_text);
    execution->late_text = text;
}

static void give_up(struct execution *execution)
{
    execution->gave_up = true;
    execution->state = EXECUTION_KILLED;
    execution->wake_ns = UINT64_MAX;
    (void)kill(execution->pid, SIGKILL); /* The rest of its session goes in LINGERING. */
}

static int plan_last_signo(const struct plan *plan)
{
    int signo = 0;
    for (uint32_t index = 0; index < plan->count; index++) {
        const struct plan_item *item = &plan->items[index];
        signo = item->sent > 0 && (item->stops || signo == 0) ? item->signal->signo : signo;
    }
    return signo;
}

static void start_autopsy(struct execution *execution, const struct surroundings *around)
{
    char pid_text[16];
    (void)snprintf(pid_text, sizeof(pid_text), "%d", (int)execution->pid);
    char *argv[] = { (char *)(uintptr_t)around->gdb,
                     "--batch",
                     "--nx",
                     "-ex",
                     "set debuginfod enabled off",
                     "-ex",
                     "thread apply all backtrace 24",
                     "-p",
                     pid_text,
                     NULL };
    if (around->gdb == NULL || execution->subject->autopsied ||
        tool_start(&execution->tool, argv, NULL, curfew_deadline_after(TOOL_LIMIT_NS)) != 0) {
        give_up(execution); /* A backtrace is a courtesy. */
        return;
    }
    *tool_session(execution, around) = execution->tool.pid;
    execution->state = EXECUTION_AUTOPSY;
    execution->wake_ns = execution->tool.deadline_ns;
}

static void send_extra(struct execution *execution, const struct surroundings *around)
{
    bool alive;
    int signo = plan_last_signo(&execution->plan);
    describe_late(execution);
    if (signo == 0) { /* Nothing was sent, so nothing can have been lost. */
        start_autopsy(execution, around);
        return;
    }
    execution->extra_fatal = plan_is_fatal(execution->pid, execution->pid, signo, &alive);
    execution->extra_ns = now();
    execution->state = EXECUTION_EXTRA;
    execution->wake_ns = later(execution->extra_ns, around->deadline_ns, 1);
    (void)kill(execution->pid, signo);
}

/* True while the plan waits for a READY=1 that a program, being no scenario, may never send. */
static bool awaits_ready(const struct execution *execution)
{
    const struct plan *plan = &execution->plan;
    return !execution->subject->is_scenario && execution->anchors.ready_ns == 0 &&
           plan->next < plan->count && plan->items[plan->next].signal->anchor == ANCHOR_READY;
}

/* When to give up waiting for a beginning that may never come; UINT64_MAX: it has come. */
static uint64_t beginning_due_ns(struct execution *execution, const struct surroundings *around)
{
    execution->awaits_handler = plan_awaits_handler(&execution->plan, execution->pid);
    bool waits = awaits_ready(execution) || execution->awaits_handler;
    return waits ? later(execution->anchors.started_ns, around->deadline_ns, 1) : UINT64_MAX;
}

static void advance_running(struct execution *execution, const struct surroundings *around)
{
    const struct plan_anchors *anchors = &execution->anchors;
    read_notices(execution);
    uint64_t ready_at = beginning_due_ns(execution, around);
    plan_send(&execution->plan, anchors, execution->pid);

    uint64_t time_ns = now();
    uint64_t first_stop = plan_first_stop_ns(&execution->plan);
    uint64_t late_base = execution->plan.count == 0 ? anchors->ready_ns : first_stop;
    uint64_t last = plan_last_ns(&execution->plan);
    last = last > anchors->ready_ns ? last : anchors->ready_ns;
    last = last > anchors->started_ns ? last : anchors->started_ns;
    uint64_t due = plan_due_ns(&execution->plan, anchors);
    last = due != UINT64_MAX && due > last ? due : last; /* A drawn signal is still to come. */
    uint64_t hang_at = later(last, around->deadline_ns, HANG_DEADLINES);
    uint64_t late_at = late_base != 0 ? later(late_base, around->deadline_ns, 1) : UINT64_MAX;
    if (time_ns >= ready_at) {
        execution->never_ready = true;
        give_up(execution);
        return;
    }
    if (time_ns >= hang_at) {
        send_extra(execution, around);
        return;
    }
    if (time_ns >= late_at && execution->late_text == NULL) {
        describe_late(execution);
    }
    execution->wake_ns =
        earliest(earliest(hang_at, ready_at), plan_due_ns(&execution->plan, anchors));
    if (execution->late_text == NULL) {
        execution->wake_ns = earliest(execution->wake_ns, late_at);
    }
    if (execution->awaits_handler) {
        execution->wake_ns = earliest(execution->wake_ns, time_ns + PLAN_LOOK_NS);
    }
}

static char *captured_text(const struct capture *capture)
{
    char *text = NULL;
    size_t text_bytes;
    FILE *file = open_memstream(&text, &text_bytes);
    if (file == NULL) {
        return NULL;
    }
    capture_print(capture, file);
    if (fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* True once the tool has ended; its output is then the caller's. */
static bool finish_tool(struct execution *execution, const struct surroundings *around,
                        char **out_text)
{
    if (!tool_advance(&execution->tool)) {
        return false;
    }
    *tool_session(execution, around) = 0;
    *out_text = captured_text(&execution->tool.output);
    tool_fini(&execution->tool);
    return true;
}

static void finish_naming(struct execution *execution, const struct surroundings *around)
{
    char *answers = NULL;
    if (finish_tool(execution, around, &answers)) {
        execution->named = answers != NULL ? sanitizer_answer(execution->report, answers) : NULL;
        free(answers);
        execution->state = EXECUTION_NAMED;
        execution->wake_ns = UINT64_MAX;
    }
}

void execution_advance(struct execution *execution, const struct surroundings *around)
{
    capture_read(&execution->output);
    switch (execution->state) {
    case EXECUTION_RUNNING:
    case EXECUTION_EXTRA:
    case EXECUTION_KILLED:
        if (reap_main(execution)) {
            execution_end_begin(execution);
            execution_end_advance(execution, around);
        } else if (execution->state == EXECUTION_RUNNING) {
            advance_running(execution, around);
        } else if (execution->state == EXECUTION_EXTRA && now() >= execution->wake_ns) {
            start_autopsy(execution, around);
        }
        break;
    case EXECUTION_AUTOPSY:
        if (finish_tool(execution, around, &execution->backtrace)) {
            give_up(execution);
        }
        break;
    case EXECUTION_LINGERING:
        execution_end_advance(execution, around);
        break;
    case EXECUTION_NAMING:
        finish_naming(execution, around);
        break;
    case EXECUTION_FREE:
    case EXECUTION_ENDED:
    case EXECUTION_NAMED:
        break;
    }
}

void execution_name_lines(struct execution *execution, const struct surroundings *around)
{
    char *argv[] = { (char *)(uintptr_t)around->symbolizer, "--pretty-print", "--inlines", NULL };
    char *questions = execution->report != NULL && around->symbolizer != NULL
                          ? sanitizer_questions(execution->report)
                          : NULL;
    execution->state = EXECUTION_NAMED;
    if (questions != NULL &&
        tool_start(&execution->tool, argv, questions, curfew_deadline_after(TOOL_LIMIT_NS)) == 0) {
        *tool_session(execution, around) = execution->tool.pid;
        execution->state = EXECUTION_NAMING;
        execution->wake_ns = execution->tool.deadline_ns;
    }
    free(questions);
}

unsigned execution_pollfds(const struct execution *execution, struct pollfd *fds)
{
    const int own[] = { execution->pidfd, execution->notify_fd, execution->output.fd };
    unsigned count = 0;
    for (unsigned index = 0; index < sizeof(own) / sizeof(own[0]); index++) {
        if (own[index] >= 0) {
            fds[count++] = (struct pollfd){ .fd = own[index], .events = POLLIN };
        }
    }
    return count + tool_pollfds(&execution->tool, fds + count);
}

uint64_t execution_stop_ns(const struct execution *execution)
{
    uint64_t base = execution->plan.count == 0 ? execution->anchors.ready_ns
                                               : plan_first_stop_ns(&execution->plan);
    return base != 0 && execution->ended_ns > base ? execution->ended_ns - base : 0;
}

void execution_abort(struct execution *execution, const struct surroundings *around)
{
    if (execution->state == EXECUTION_FREE) {
        return;
    }
    tool_fini(&execution->tool);
    *tool_session(execution, around) = 0;
    if (execution->pidfd >= 0) {
        (void)kill(execution->pid, SIGKILL);
        while (waitpid(execution->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    execution_fini(execution, around);
}

void execution_fini(struct execution *execution, const struct surroundings *around)
{
    const int fds[] = { execution->pidfd, execution->notify_fd };
    for (unsigned index = 0; index < sizeof(fds) / sizeof(fds[0]); index++) {
        if (fds[index] >= 0) {
            (void)close(fds[index]);
        }
    }
    tool_fini(&execution->tool);
    capture_fini(&execution->output);
    ledger_free(execution->ledger);
    scratch_remove(execution->directory);
    if (execution->report != NULL) {
        sanitizer_remove(execution->report_path);
    }
    free(execution->late_text);
    free(execution->backtrace);
    free(execution->left_processes);
    free(execution->left_files);
    free(execution->report);
    free(execution->named);
    around->sessions[execution->slot] = 0;
    *execution = (struct execution){ .slot = execution->slot,
                                     .pidfd = -1,
                                     .notify_fd = -1,
                                     .output = { .fd = -1 },
                                     .tool = TOOL_INIT };
}
