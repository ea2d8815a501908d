/* SPDX-License-Identifier: MIT
 *
 * scenario.c -- attacks libcurfew through the scenario program: configuration, schedule, and the
 * moments of signals, all from one input (docs/fuzzing.md).
 *
 * Each input is one execution under control in this process, judged as `curfew run` judges.  What
 * fails ends by abort(), behind one line on stderr, so that the engine keeps the input, which is a
 * case for `curfew replay`.  The program's variables and constructors begin anew each time.
 *
 *     CURFEW_FUZZ_SCENARIO   this scenario, whatever the input says
 *     CURFEW_FUZZ_DIR        where the program runs; else a new directory under $TMPDIR
 *     CURFEW_FUZZ_FEATURES   what counts besides edges (semantic.h)
 *     CURFEW_FUZZ_DEFECTS    set: also words that are broken on purpose
 *     CURFEW_FUZZ_STATUS     a file that tells what is executed (case/status.h)
 *     CURFEW_FUZZ_TELL       set: verdict and hash of each execution on stderr
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "case/case.h"
#include "control/program.h"
#include "control/session.h"
#include "descriptors.h"
#include "engine.h"
#include "fuzz.h"
#include "put.h"
#include "runtime/embed.h"
#include "semantic.h"
#include "status.h"

#define SIGNALS_SENT_MAX 256u /* more take too long; as do more threads than these */
#define THREADS_MAX 64u
#define TEXT_BYTES 700u
/* An execution that is ended in the middle does not give back its memory: a driver starts a new
 * process after so many. */
#define EXECUTIONS_MAX 100000u

int curfew_fuzz_main(int argc, char **argv);

static struct {
    bool ready;
    uint32_t executions;
    bool fixed; /* CURFEW_FUZZ_SCENARIO */
    bool tells;
    bool defects;
    struct scenario scenario;
    struct rt_control *control;
    struct control_session session; /* as far as a judge looks at it */
    char directory[512];
    bool directory_is_ours;
    int directory_fd;
    int home_fd;
    struct execution_case execution;
    char text[SCENARIO_TEXT_BYTES];
} target;

/* Async-signal-safe. */
static void directory_end(void)
{
    if (target.directory_is_ours) {
        (void)rmdir(target.directory);
    }
}

static void complain(const char *what)
{
    (void)fprintf(stderr, "curfew-fuzz: %s\n", what);
    directory_end();
    _exit(3);
}

/* ---- faults: the engine's own handlers come behind ours ---- */

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
static struct sigaction engine_actions[NSIG]; /* read-only after the start */

static void on_fault(int signo)
{
    curfew__embed_abandon();
    directory_end();
    (void)sigaction(signo, &engine_actions[signo], NULL);
    (void)raise(signo); /* pending until we return; a true fault comes again anyhow */
}

static void faults_begin(void)
{
    struct sigaction action = { .sa_handler = on_fault };
    for (size_t at = 0; at < sizeof faults / sizeof faults[0]; at++) {
        (void)sigaction(faults[at], &action, &engine_actions[faults[at]]);
    }
}

/* ---- the start ---- */

static void directory_begin(void)
{
    const char *given = getenv("CURFEW_FUZZ_DIR");
    const char *base = getenv("TMPDIR");
    if (given != NULL) {
        (void)snprintf(target.directory, sizeof target.directory, "%s", given);
    } else {
        (void)snprintf(target.directory, sizeof target.directory, "%s/curfew-fuzz-XXXXXX",
                       base != NULL ? base : "/tmp");
        target.directory_is_ours = mkdtemp(target.directory) != NULL;
        (void)atexit(directory_end); /* the engine's own end */
    }
    target.home_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    target.directory_fd = open(target.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (target.home_fd < 0 || target.directory_fd < 0) {
        complain("cannot open the directory for the program ($CURFEW_FUZZ_DIR or $TMPDIR)");
    }
    (void)setenv("TMPDIR", target.directory, 1);
}

static void scenario_begin(void)
{
    const char *text = getenv("CURFEW_FUZZ_SCENARIO");
    struct scenario_error error;
    target.fixed = text != NULL;
    if (text != NULL && scenario_parse(text, &target.scenario, &error) != 0) {
        complain("cannot read $CURFEW_FUZZ_SCENARIO");
    }
    scenario_forget_anchors(&target.scenario);
}

/* A thread that is woken on another processor takes five times as long. */
static void pin(void)
{
    cpu_set_t set;
    int cpu = sched_getcpu();
    if (cpu >= 0 && sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1) {
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        (void)sched_setaffinity(0, sizeof set, &set);
    }
    (void)sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 });
}

/* The program finds it by the descriptor, and gets private memory: which pages of that were touched
 * the kernel knows at once. */
static void ledger_begin(void)
{
    struct curfew_debt_ledger *ledger = NULL;
    char number[16];
    int fd = -1;
    if (ledger_new(&ledger, &fd) != 0) {
        complain("no memory");
    }
    uint32_t magic = ledger->magic;
    uint32_t entry_count = ledger->entry_count;
    if (mmap(ledger, sizeof *ledger, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
        complain("no memory");
    }
    ledger->magic = magic;
    ledger->entry_count = entry_count;
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 900); /* out of the program's way */
    (void)snprintf(number, sizeof number, "%d", high >= 0 ? high : fd);
    (void)setenv(CURFEW_LEDGER_ENV, number, 1);
    put_ledger(ledger, high >= 0 ? high : fd);
    target.session.ledger = ledger;
}

static void begin(void)
{
    char path[512];
    const char *word = NULL;
    struct control_session *session = &target.session;
    scenario_begin();
    directory_begin();
    if (!features_begin(getenv("CURFEW_FUZZ_FEATURES"), &word)) {
        complain("unknown word in $CURFEW_FUZZ_FEATURES");
    }
    if (!status_begin()) {
        complain("cannot use the file in $CURFEW_FUZZ_STATUS");
    }
    target.tells = getenv("CURFEW_FUZZ_TELL") != NULL;
    target.defects = getenv("CURFEW_FUZZ_DEFECTS") != NULL;
    target.control = mmap(NULL, sizeof *target.control, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (target.control == MAP_FAILED) {
        complain("no memory");
    }
    ledger_begin();
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("CURFEW_SEED");
    session->options = control_defaults();
    session->memory = target.control;
    session->flavour = "";
    target.control->magic = RT_CONTROL_MAGIC;
    target.control->version = RT_CONTROL_VERSION;
    target.control->steps_max = session->options.steps_max;
    target.control->cpus = session->options.cpus;
    target.control->oracles = session->options.oracles;
    target.control->batch = 1;
    (void)memcpy(target.control->strategy, "case", 5);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    control_program_locals(path, target.control);
    pin();
    faults_begin();
    descriptors_keep();
    put_keep();
    target.ready = true;
}

/* ---- one execution ---- */

static bool declined(const struct execution_case *execution)
{
    uint32_t sent = 0;
    uint32_t threads = 0;
    bool defect = (scenario_main_words[execution->scenario.main_style].flags & WORD_DEFECT) != 0;
    if (execution->is_program) {
        return true;
    }
    for (uint32_t at = 0; at < execution->scenario.signals_count; at++) {
        sent += execution->scenario.signals[at].count;
    }
    for (uint32_t at = 0; at < execution->scenario.workers_count; at++) {
        const struct scenario_workers *workers = &execution->scenario.workers[at];
        threads += workers->count * scenario_kind_threads(workers->kind);
        defect = defect || (scenario_kind_words[workers->kind].flags & WORD_DEFECT) != 0;
    }
    return (defect && !target.fixed && !target.defects) || sent > SIGNALS_SENT_MAX ||
           threads > THREADS_MAX;
}

/* What it left in its directory, by name; then it is gone. */
static void leftovers(char *left, size_t size)
{
    char entries[2048];
    size_t length = 0;
    left[0] = '\0';
    (void)lseek(target.directory_fd, 0, SEEK_SET);
    long got = syscall(SYS_getdents64, target.directory_fd, entries, sizeof entries);
    for (long at = 0; at < got;) {
        unsigned short record;
        const char *name = entries + at + 19; /* struct linux_dirent64 */
        (void)memcpy(&record, entries + at + 16, sizeof record);
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            length +=
                (size_t)snprintf(left + length, size - length, "%s%s", length > 0 ? " " : "", name);
            length = length < size ? length : size - 1;
            (void)unlinkat(target.directory_fd, name, 0);
        }
        at += record;
    }
}

static int wait_status(const struct rt_control *control)
{
    return control->end == RT_END_KILLED ? (int)control->killed_by
                                         : (control->exit_status & 0xff) << 8;
}

/* The verdict of what has ended.  Does not return if it is one against the program. */
static void judge(void)
{
    static const struct watch unseen;
    struct control_outcome outcome;
    const struct rt_control *control = target.control;
    leftovers(target.session.left, sizeof target.session.left);
    control_judge(&target.session, control->seed, wait_status(control), &unseen, &outcome);
    bool fails = outcome.verdict != VERDICT_PASS && outcome.verdict != VERDICT_UNSUPPORTED;
    if (target.tells || outcome.verdict != VERDICT_PASS) {
        char line[TEXT_BYTES];
        int length = snprintf(
            line, sizeof line, "curfew-fuzz: %s: %.400s (%" PRIu64 " steps, hash %016" PRIx64 ")\n",
            verdict_word(outcome.verdict), outcome.message, outcome.steps, outcome.hash);
        (void)!write(2, line, (size_t)(length < (int)sizeof line ? length : (int)sizeof line - 1));
    }
    if (fails) {
        directory_end();
        abort();
    }
}

/* The process cannot go on. */
static void over(void *context)
{
    (void)context;
    (void)fchdir(target.home_fd);
    features_count(target.control);
    status_output(target.control);
    judge();
    directory_end();
    _exit(0);
}

static int body(void *context)
{
    char program[] = "curfew-scenario";
    char *argv[] = { program, target.text, NULL };
    (void)context;
    put_construct();
    return curfew_fuzz_main(2, argv);
}

static void prepare(void)
{
    const struct execution_case *execution = &target.execution;
    struct rt_control *control = target.control;
    (void)scenario_format(&execution->scenario, target.text, sizeof target.text);
    target.session.options.scenario = &execution->scenario;
    control->seed = execution->seed;
    control->points_access = execution->points_access;
    control->expected_steps = execution->expected_steps;
    control->signals_count = case_signals(execution, control->signals);
    control->case_base = execution->base;
    control->records_count = execution->records_count;
    (void)memcpy(control->records, execution->records,
                 execution->records_count * sizeof execution->records[0]);
    control->stop_thread = UINT32_MAX;
    put_restore();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CASE_HEAD_BYTES) {
        return -1; /* AFL++'s driver tries four bytes before it forks: nothing may have begun */
    }
    if (!target.ready) {
        begin();
    }
    status_input(data, size);
    case_decode(data, size, &target.execution);
    if (target.fixed) {
        target.execution.is_program = false;
        target.execution.scenario = target.scenario;
    }
    if (declined(&target.execution)) {
        return -1;
    }
    prepare();
    (void)fchdir(target.directory_fd);
    struct curfew_embed embed = { target.control, body, NULL, over };
    curfew__embed_run(&embed);
    (void)fchdir(target.home_fd);
    descriptors_restore();
    features_count(target.control);
    status_output(target.control);
    judge();
    put_detach();
    ledger_reset(target.session.ledger);
    if (++target.executions == EXECUTIONS_MAX && getenv("CURFEW_FUZZ_STATUS") != NULL) {
        directory_end();
        _exit(0);
    }
    return 0;
}
