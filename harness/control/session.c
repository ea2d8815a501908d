/* SPDX-License-Identifier: MIT
 *
 * session.c -- one program under control as a fork server: starts it, runs executions, watches over
 * them.
 *
 * The process tree is controller, server, execution; each dies with its parent (PR_SET_PDEATHSIG),
 * so a killed controller leaves nothing behind.  The watchdog never calls anything a hang: a thread
 * that blocks in the kernel with the turn is `unsupported`, one that burns CPU without a step is a
 * `livelock`.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control.h"
#include "program.h"
#include "session.h"

#define FD_MIN 900 /* out of the program's way */

/* ---- start ---- */

static int high_fd(int fd)
{
    int high = fcntl(fd, F_DUPFD, FD_MIN);
    if (high < 0) {
        high = fcntl(fd, F_DUPFD, 10);
    }
    return high;
}

/* Behind what is there already. */
static void options_add(const char *variable, const char *ours)
{
    char text[4096];
    const char *theirs = getenv(variable);
    (void)snprintf(text, sizeof text, "%s%s%s", theirs != NULL ? theirs : "",
                   theirs != NULL ? ":" : "", ours);
    (void)setenv(variable, text, 1);
}

int control_cpu(unsigned number)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) == 0) {
        return -1;
    }
    int wanted = (int)(number % (unsigned)CPU_COUNT(&set));
    int cpu = 0;
    while (!CPU_ISSET(cpu, &set) || wanted-- > 0) {
        cpu++;
    }
    return cpu;
}

void control_cpu_pin(pid_t tid, int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(tid, sizeof set, &set);
}

/* In the child: becomes the program.  Only returns on failure. */
static void server_exec(const struct control_session *session, int command_fd, int report_fd)
{
    char text[64];
    sigset_t none;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != session->controller_pid) {
        _exit(3);
    }
    if (!session->options.aslr) {
        (void)personality(ADDR_NO_RANDOMIZE);
    }
    int cpu = session->options.cpu >= 0 ? session->options.cpu : control_cpu(0);
    control_cpu_pin(0, cpu >= 0 ? cpu : 0);
    /* A thread that is woken does not displace the one that woke it, which is about to sleep. */
    (void)sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 });
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (int signo = 1; signo < NSIG; signo++) {
        (void)signal(signo, SIG_DFL);
    }
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)snprintf(text, sizeof text, "/proc/self/fd/%d", session->output_fd);
    int output_fd = open(text, O_WRONLY | O_APPEND | O_CLOEXEC);
    int shared = high_fd(session->shared_fd);
    int command = high_fd(command_fd);
    int report = high_fd(report_fd);
    int ledger = high_fd(session->ledger_fd);
    if (null_fd < 0 || output_fd < 0 || shared < 0 || command < 0 || report < 0 || ledger < 0) {
        _exit(3);
    }
    (void)dup2(null_fd, 0);
    (void)dup2(output_fd, 1);
    (void)dup2(output_fd, 2);
    (void)snprintf(text, sizeof text, "%d:%d:%d", shared, command, report);
    (void)setenv(RT_CONTROL_ENV, text, 1);
    session->memory->ledger_fd = ledger;
    session->memory->ledger_owner = offsetof(struct curfew_debt_ledger, owner_pid);
    (void)snprintf(text, sizeof text, "%d", ledger);
    (void)setenv(CURFEW_LEDGER_ENV, text, 1);
    (void)unsetenv("NOTIFY_SOCKET"); /* not ours: whoever started us listens there */
    (void)unsetenv("CURFEW_SEED");
    if (session->directory[0] != '\0') {
        if (chdir(session->directory) != 0) {
            _exit(3);
        }
        (void)setenv("TMPDIR", session->directory, 1);
    }
    options_add("GLIBC_TUNABLES", CONTROL_LIBC_TUNABLES);
    options_add("TSAN_OPTIONS", "die_after_fork=0:" CONTROL_SANITIZER_OPTIONS);
    options_add("ASAN_OPTIONS", CONTROL_ADDRESS_OPTIONS);
    (void)execv(session->path, session->options.argv);
    _exit(127);
}

/* Reads one report, at most waiting timeout_ms.  1 read, 0 timed out, -1 the server is gone. */
static int report_read(struct control_session *session, struct rt_report *out_report,
                       int timeout_ms)
{
    struct pollfd poller = { session->report_fd, POLLIN, 0 };
    int ready = poll(&poller, 1, timeout_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
        return 0;
    }
    ssize_t size;
    do {
        size = read(session->report_fd, out_report, sizeof *out_report);
    } while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof *out_report ? 1 : -1;
}

static int server_start(struct control_session *session, char error[512])
{
    int command[2] = { -1, -1 };
    int report[2] = { -1, -1 };
    if (pipe2(command, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) {
        (void)snprintf(error, 512, "cannot make pipes: %s", strerror(errno));
        return -EINVAL;
    }
    session->controller_pid = getpid();
    session->server_pid = fork();
    if (session->server_pid == 0) {
        server_exec(session, command[0], report[1]);
        _exit(127);
    }
    (void)close(command[0]);
    (void)close(report[1]);
    session->command_fd = command[1];
    session->report_fd = report[0];
    struct rt_report hello = { 0 };
    int got = 0;
    for (int waited = 0; got == 0 && waited < 60; waited++) {
        got = report_read(session, &hello, 1000);
    }
    if (got != 1 || hello.kind != RT_REPORT_HELLO) {
        const char *why = session->memory->stop != RT_STOP_NONE ? session->memory->message
                          : hello.value == EPROTO ? "it was built by another version of Curfew"
                                                  : "it did not start";
        (void)snprintf(error, 512, "cannot control '%s': %s", session->path, why);
        return -EINVAL;
    }
    return 0;
}

int control_open(const struct control_options *options, struct control_session **out_session,
                 char error[512])
{
    struct control_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        (void)snprintf(error, 512, "out of memory");
        return -EINVAL;
    }
    session->options = *options;
    session->server_pid = -1;
    session->command_fd = session->report_fd = session->shared_fd = session->output_fd =
        session->ledger_fd = -1;
    if (!control_program_find(options->argv[0], session->path)) {
        (void)snprintf(error, 512, "cannot run '%s': %s", options->argv[0], strerror(ENOENT));
        goto failed;
    }
    session->flavour = control_program_flavour(session->path);
    if (session->flavour == NULL) {
        (void)snprintf(error, 512,
                       "cannot control '%s': it is not linked with the runtime: build it with "
                       "curfew-cc",
                       session->path);
        goto failed;
    }
    if (control_directory_make(session, error) != 0) {
        goto failed;
    }
    session->shared_fd = memfd_create("curfew-control", MFD_CLOEXEC);
    session->output_fd = memfd_create("curfew-output", MFD_CLOEXEC);
    if (session->shared_fd < 0 || session->output_fd < 0 ||
        ftruncate(session->shared_fd, sizeof(struct rt_control)) != 0) {
        (void)snprintf(error, 512, "cannot make shared memory: %s", strerror(errno));
        goto failed;
    }
    session->memory = mmap(NULL, sizeof(struct rt_control), PROT_READ | PROT_WRITE, MAP_SHARED,
                           session->shared_fd, 0);
    if (session->memory == MAP_FAILED) {
        session->memory = NULL;
        (void)snprintf(error, 512, "cannot map shared memory: %s", strerror(errno));
        goto failed;
    }
    int failed = ledger_new(&session->ledger, &session->ledger_fd);
    if (failed != 0) {
        (void)snprintf(error, 512, "cannot make a ledger: %s", strerror(-failed));
        goto failed;
    }
    session->memory->magic = RT_CONTROL_MAGIC;
    session->memory->version = RT_CONTROL_VERSION;
    control_program_locals(session->path, session->memory);
    if (server_start(session, error) != 0) {
        goto failed;
    }
    *out_session = session;
    return 0;
failed:
    control_close(session);
    return -EINVAL;
}

void control_close(struct control_session *session)
{
    if (session == NULL) {
        return;
    }
    int fds[] = { session->command_fd, session->report_fd, session->shared_fd, session->output_fd,
                  session->ledger_fd };
    for (size_t at = 0; at < sizeof fds / sizeof fds[0]; at++) {
        if (fds[at] >= 0) {
            (void)close(fds[at]);
        }
    }
    if (session->server_pid > 0) {
        (void)kill(session->server_pid, SIGKILL);
        while (waitpid(session->server_pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    if (session->memory != NULL) {
        (void)munmap(session->memory, sizeof(struct rt_control));
    }
    ledger_free(session->ledger);
    control_symbols_fini(session);
    free(session->output);
    free(session);
}

/* ---- one execution ---- */

/* Each signal of the plan has steps of its own, in its handler and of whoever it wakes. */
static uint64_t steps_bound(const struct control_options *options)
{
    uint64_t steps = options->steps_max;
    for (uint32_t at = 0; at < options->signals_count; at++) {
        steps += UINT64_C(100) * options->signals[at].count;
    }
    return steps;
}

static void memory_reset(struct control_session *session, uint64_t seed, const uint16_t *decisions,
                         uint32_t decisions_count)
{
    struct rt_control *memory = session->memory;
    const char *colon = strchr(session->options.strategy, ':');
    size_t length = colon != NULL ? (size_t)(colon - session->options.strategy)
                                  : strlen(session->options.strategy);
    memory->seed = seed;
    memory->steps_max = steps_bound(&session->options);
    memory->cpus = session->options.cpus;
    memory->debug = session->options.debugger != NULL;
    memory->debug_step = session->options.debug_step;
    memory->oracles = session->options.oracles;
    memory->points_access = session->options.points_access;
    memory->expected_steps = session->expected_steps;
    memory->expected_reach = session->expected_reach;
    memory->batch = memory->processes = 1;
    memory->batch_done = memory->loops = 0;
    memory->replay_count = 0;
    memory->signals_count = session->options.signals_count;
    memcpy(memory->signals, session->options.signals, sizeof memory->signals);
    memory->case_base = session->options.case_base;
    memory->records_count = session->options.records_count;
    memcpy(memory->records, session->options.records, sizeof memory->records);
    memory->edits_count = session->options.edits_count;
    memcpy(memory->edits, session->options.edits, sizeof memory->edits);
    memory->survey = session->options.survey;
    memory->hold_steps = session->options.hold_steps;
    memory->killed_by = 0;
    memset(memory->signal_reports, 0, sizeof memory->signal_reports);
    if (decisions != NULL) {
        (void)snprintf(memory->strategy, sizeof memory->strategy, "replay");
        memory->strategy_params[0] = '\0';
        memory->replay_count = decisions_count;
        memcpy(memory->replay, decisions, decisions_count * sizeof decisions[0]);
    } else {
        (void)snprintf(memory->strategy, sizeof memory->strategy, "%.*s", (int)length,
                       session->options.strategy);
        (void)snprintf(memory->strategy_params, sizeof memory->strategy_params, "%s",
                       colon != NULL ? colon + 1 : "");
    }
    memory->steps = memory->hash = memory->clock_ns = memory->turn_pc = 0;
    memory->turn_tid = memory->turn_op = 0;
    memory->pid = 0;
    memory->end = memory->stop = memory->races = memory->outside = 0;
    memory->late_ns = memory->stop_sent = 0;
    memory->children_left = memory->inherited = 0;
    memory->exit_status = -1;
    memory->threads_count = memory->threads_alive = memory->events_count = 0;
    memory->decisions_count = memory->decisions_lost = memory->objects_count = 0;
    memory->stop_thread = UINT32_MAX;
    memory->message[0] = '\0';
    session->error[0] = '\0';
    ledger_reset(session->ledger);
    (void)ftruncate(session->output_fd, 0);
    free(session->output);
    session->output = NULL;
}

static bool is_stopped(const struct control_session *session)
{
    const struct control_options *options = &session->options;
    return options->stopped != NULL && options->stopped(options->stopped_context);
}

/* The watch is of the process that runs now, or was the last: what it saw of those before is of no
 * interest. */
static void watch_process(const struct control_session *session, struct watch *watch)
{
    pid_t pid = __atomic_load_n(&session->memory->pid, __ATOMIC_RELAXED);
    if (pid != watch->pid) {
        *watch = (struct watch){ .pid = pid };
    }
}

/* Runs one process, or several, whose requests are in place. */
static int execute(struct control_session *session, struct control_outcome *out_outcome,
                   char error[512])
{
    struct rt_report report = { 0 };
    struct watch watch = { 0 };
    char command = RT_COMMAND_RUN;
    bool cancelled = false;
    if (write(session->command_fd, &command, 1) != 1) {
        goto gone;
    }
    for (;;) {
        int got = report_read(session, &report, 200);
        if (got < 0) {
            goto gone;
        }
        if (got == 0) {
            watch_process(session, &watch);
            if (watch.pid > 0) {
                control_watch(session, &watch);
            }
            cancelled = cancelled || is_stopped(session);
            if (cancelled && watch.pid > 0) {
                __atomic_store_n(&session->memory->processes, 0, __ATOMIC_RELAXED);
                (void)kill(watch.pid, SIGKILL);
            }
        } else if (report.kind == RT_REPORT_STARTED) {
            watch.pid = report.value;
            if (session->options.debugger != NULL) {
                cancelled = !control_debug(session, watch.pid);
            }
        } else if (report.kind == RT_REPORT_ENDED) {
            break;
        } else {
            (void)snprintf(error, 512, "cannot start an execution: %s", strerror(report.value));
            return -EIO;
        }
    }
    watch_process(session, &watch);
    bool killed = WIFSIGNALED(report.value) && WTERMSIG(report.value) == SIGKILL;
    if (cancelled ||
        (killed && session->options.debugger != NULL && session->memory->end == RT_END_NONE)) {
        (void)snprintf(error, 512,
                       session->options.debugger != NULL ? "the execution was ended in the debugger"
                                                         : "interrupted");
        return -ECANCELED;
    }
    if (session->memory->stop == RT_STOP_USAGE) {
        (void)snprintf(error, 512, "%s", session->memory->message);
        return -EINVAL;
    }
    control_directory_clean(session);
    if (WIFSIGNALED(report.value) && WTERMSIG(report.value) == SIGABRT) {
        control_report_error(session);
    }
    control_judge(session, session->memory->seed, report.value, &watch, out_outcome);
    return 0;
gone:
    (void)snprintf(error, 512, "the program's server died (was the program killed from outside?)");
    return -EIO;
}

int control_execute(struct control_session *session, uint64_t seed, const uint16_t *decisions,
                    uint32_t decisions_count, struct control_outcome *out_outcome, char error[512])
{
    memory_reset(session, seed, decisions, decisions_count);
    return execute(session, out_outcome, error);
}

int control_execute_batch(struct control_session *session, uint64_t seed, uint64_t stride,
                          uint32_t count, bool loops, struct control_outcome *out_outcome,
                          char error[512])
{
    memory_reset(session, seed, NULL, 0);
    count = count < RT_BATCH_MAX ? count : RT_BATCH_MAX;
    session->memory->batch = loops ? count : 1;
    session->memory->processes = loops ? 1 : count;
    session->memory->batch_stride = stride;
    return execute(session, out_outcome, error);
}

const struct rt_control *control_memory(const struct control_session *session)
{
    return session->memory;
}

const char *control_output(struct control_session *session, size_t *out_size)
{
    struct stat status;
    size_t size = 0;
    if (session->output == NULL && fstat(session->output_fd, &status) == 0) {
        size = status.st_size < (1 << 20) ? (size_t)status.st_size : (1u << 20);
        session->output = calloc(1, size + 1);
        if (session->output != NULL && pread(session->output_fd, session->output, size, 0) < 0) {
            session->output[0] = '\0';
        }
        session->output_size = size;
    }
    *out_size = session->output_size;
    return session->output != NULL ? session->output : "";
}

const char *control_flavour(const struct control_session *session)
{
    return session->flavour;
}

void control_expect_steps(struct control_session *session, uint64_t steps)
{
    session->expected_steps = steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX;
}

void control_expect_reach(struct control_session *session, uint32_t steps)
{
    session->expected_reach = steps;
}

uint32_t control_expected_steps(const struct control_session *session)
{
    return session->expected_steps;
}

pid_t control_server_pid(const struct control_session *session)
{
    return session->server_pid;
}
