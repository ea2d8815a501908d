/* SPDX-License-Identifier: MIT
 *
 * program.c -- attacks a program that was built with curfew-cc: each input is the schedule and the
 * moments of the signals of one execution, forked by the program's own server (docs/fuzzing.md).
 *
 *     fuzz-program-ENGINE [what the engine takes] -- PROG ARGS...
 *
 * What counts as coverage is taken from the trace, so the program needs no instrumentation but
 * Curfew's own.  What fails ends by abort(), behind one line on stderr.
 *
 *     CURFEW_FUZZ_DIR        where the program's directory is made; else below $TMPDIR or /tmp
 *     CURFEW_FUZZ_EXPECT     the program's exit status (0)
 *     CURFEW_FUZZ_FEATURES, CURFEW_FUZZ_STATUS, CURFEW_FUZZ_TELL   as in scenario.c
 */
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "case/case.h"
#include "control/session.h"
#include "engine.h"
#include "fuzz.h"
#include "semantic.h"
#include "status.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct {
    bool ready;
    bool tells;
    char **argv; /* the program and its arguments; NULL: none was named */
    struct control_session *session;
    struct execution_case execution;
    char error[512];
} target;

static void complain(const char *what)
{
    (void)fprintf(stderr, "curfew-fuzz: %s\n", what);
    _exit(3);
}

/* Whatever stands behind "--" is not the engine's. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    for (int at = 1; at < *argc; at++) {
        if (strcmp((*argv)[at], "--") == 0) {
            target.argv = *argv + at + 1;
            (*argv)[at] = NULL;
            *argc = at;
        }
    }
    return 0;
}

/* Who waits for an execution is better off on the processor that executes. */
static int processor(void)
{
    cpu_set_t set;
    int cpu = sched_getcpu();
    if (cpu < 0 || sched_getaffinity(0, sizeof set, &set) != 0) {
        return -1;
    }
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
    return cpu;
}

static void begin(void)
{
    const char *word = NULL;
    const char *status = getenv("CURFEW_FUZZ_EXPECT");
    const char *features = getenv("CURFEW_FUZZ_FEATURES");
    struct control_options options = control_defaults();
    if (target.argv == NULL || target.argv[0] == NULL) {
        complain("no program after '--'");
    }
    if (!features_begin(features, &word)) {
        complain("unknown word in $CURFEW_FUZZ_FEATURES");
    }
    if (!status_begin()) {
        complain("cannot use the file in $CURFEW_FUZZ_STATUS");
    }
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    target.tells = getenv("CURFEW_FUZZ_TELL") != NULL;
    options.argv = target.argv;
    options.strategy = "case";
    options.expect_status = status != NULL ? (int)strtol(status, NULL, 10) : 0;
    options.home = getenv("CURFEW_FUZZ_DIR");
    if (options.home == NULL) {
        options.home = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    }
    options.cpu = processor();
    if (control_open(&options, &target.session, target.error) != 0) {
        complain(target.error);
    }
    target.ready = true;
}

/* ---- coverage ---- */

/* Places are numbers that depend on the program alone, not on where it was loaded. */
static uint64_t place(uint64_t pc)
{
    const struct rt_module *module = control_module(target.session, pc);
    return module != NULL ? (uint64_t)(module - control_memory(target.session)->modules) << 40 |
                                (pc - module->base)
                          : 0;
}

/* One thread's way from step to step: what edges are in compiled code. */
static void edges_count(const struct rt_control *memory)
{
    static uint64_t before[RT_THREADS_MAX];
    memset(before, 0, sizeof before);
    for (uint32_t at = 0; at < memory->events_count; at++) {
        const struct rt_event *event = &memory->events[at];
        if (event->actor < RT_THREADS_MAX) {
            uint64_t here = place(event->pc) << 10 | event->op;
            engine_edge(before[event->actor] * 31 + here);
            before[event->actor] = here;
        }
    }
}

/* ---- one execution ---- */

static void tell(const struct control_outcome *outcome)
{
    (void)fprintf(stderr, "curfew-fuzz: %s: %.400s (%" PRIu64 " steps, hash %016" PRIx64 ")\n",
                  verdict_word(outcome->verdict), outcome->message, outcome->steps, outcome->hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_outcome outcome;
    if (size < CASE_HEAD_BYTES) {
        return -1; /* AFL++'s driver tries four bytes before it forks: nothing may have begun */
    }
    if (!target.ready) {
        begin();
    }
    status_input(data, size);
    case_decode(data, size, &target.execution);
    if (!target.execution.is_program) {
        return -1;
    }
    control_case_options(&target.execution, &target.session->options);
    control_expect_steps(target.session, target.execution.expected_steps);
    if (control_execute(target.session, target.execution.seed, NULL, 0, &outcome, target.error) !=
        0) {
        complain(target.error);
    }
    edges_count(control_memory(target.session));
    features_count(control_memory(target.session));
    status_output(control_memory(target.session));
    if (target.tells || outcome.verdict != VERDICT_PASS) {
        tell(&outcome);
    }
    if (outcome.verdict != VERDICT_PASS && outcome.verdict != VERDICT_UNSUPPORTED) {
        (void)rmdir(target.session->directory);
        abort();
    }
    return 0;
}
