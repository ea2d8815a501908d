/* SPDX-License-Identifier: MIT
 *
 * doctor.c -- `curfew doctor`: tries what the verbs need, and names the command that mends what is
 * missing.  Each row of the table is one need.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../probe/probe.h"
#include "curfew/base.h"
#include "launch.h"
#include "options.h"
#include "scratch.h"
#include "targets.h"
#include "tool.h"

#define STATE_BYTES (SCRATCH_PATH_BYTES + 128u)
#define TRY_NS UINT64_C(60000000000)

enum option_id { OPTION_JSON = 1 };

static const struct poptOption table[] = {
    OPTION_FLAG(OPTION_JSON, "json", "one JSON object per line on stdout"),
    OPTIONS_END,
};

/* One need.  `probe` writes what it found and returns whether that will do; `subject` is its
 * own. */
struct need {
    const char *verb;
    const char *what;
    bool required; /* else the verb works without it, but less well, or is not in this version */
    bool (*probe)(const char *subject, char state[STATE_BYTES]);
    const char *subject;
    const char *mend;
};

/* Runs a program; its exit status, or -1 if it cannot be run or dies.  The first line of its
 * output. */
static int try_command(const char *program, char *const *rest, char state[STATE_BYTES])
{
    char *path;
    char *argv[8] = { NULL };
    struct tool tool;
    int found = launch_find(program, &path);
    if (found != 0) {
        (void)snprintf(state, STATE_BYTES, "%s: %s", program, strerror(-found));
        return -1;
    }
    argv[0] = path;
    for (size_t index = 0; rest[index] != NULL; index++) {
        argv[index + 1] = rest[index];
    }
    int status = tool_start(&tool, argv, NULL, curfew_deadline_after(TRY_NS));
    free(path);
    if (status != 0) {
        (void)snprintf(state, STATE_BYTES, "%s: %s", program, strerror(-status));
        return -1;
    }
    tool_wait(&tool);
    size_t length = tool.output.total_bytes < STATE_BYTES - 1 ? (size_t)tool.output.total_bytes
                                                              : STATE_BYTES - 1;
    memcpy(state, tool.output.head, length);
    state[length] = '\0';
    state[strcspn(state, "\n")] = '\0';
    status = WIFEXITED(tool.wait_status) ? WEXITSTATUS(tool.wait_status) : -1;
    tool_fini(&tool);
    return status;
}

static bool probe_version(const char *subject, char state[STATE_BYTES])
{
    char *rest[] = { "--version", NULL };
    return try_command(subject, rest, state) == 0;
}

static bool probe_exists(const char *subject, char state[STATE_BYTES])
{
    char *path = NULL;
    int status = launch_find(subject, &path);
    (void)snprintf(state, STATE_BYTES, "%s", status == 0 ? path : strerror(-status));
    free(path);
    return status == 0;
}

static bool probe_pytest(const char *subject, char state[STATE_BYTES])
{
    char *rest[] = { "-m", "pytest", "--version", NULL };
    return try_command(subject, rest, state) == 0;
}

static bool probe_cmocka(const char *subject, char state[STATE_BYTES])
{
    char *rest[] = { "--modversion", (char *)(uintptr_t)subject, NULL };
    return try_command("pkg-config", rest, state) == 0;
}

/* The scenario program refuses an empty text with status 2: then its image has started. */
static bool probe_scenario(const char *subject, char state[STATE_BYTES])
{
    char *rest[] = { "", NULL };
    char *path = targets_find_program(subject, false);
    if (path == NULL) {
        (void)snprintf(state, STATE_BYTES, "curfew-scenario-%s not found", subject);
        return false;
    }
    bool starts = try_command(path, rest, state) == STATUS_USAGE;
    if (starts) {
        (void)snprintf(state, STATE_BYTES, "%s", path);
    }
    free(path);
    return starts;
}

static const char tsan_source[] = "#include <pthread.h>\n"
                                  "static void *f(void *a) { return a; }\n"
                                  "int main(void) { pthread_t t;\n"
                                  "if (pthread_create(&t, 0, f, 0)) { return 1; }\n"
                                  "return pthread_join(t, 0); }\n";

static bool build_and_run(const char *compiler, const char *flag, const char *directory,
                          char state[STATE_BYTES])
{
    char source[SCRATCH_PATH_BYTES + 16];
    char program[SCRATCH_PATH_BYTES + 16];
    (void)snprintf(source, sizeof(source), "%s/try.c", directory);
    (void)snprintf(program, sizeof(program), "%s/try", directory);
    int fd = open(source, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, tsan_source, strlen(tsan_source)) > 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!written) {
        (void)snprintf(state, STATE_BYTES, "cannot write '%s': %s", source, strerror(errno));
        return false;
    }
    char *build[] = { (char *)(uintptr_t)flag, "-o", program, source, NULL };
    char *none[] = { NULL };
    bool works = try_command(compiler, build, state) == 0 && try_command(program, none, state) == 0;
    if (works) {
        (void)snprintf(state, STATE_BYTES, "links and runs");
    }
    return works;
}

static bool probe_build(const char *compiler, const char *flag, char state[STATE_BYTES])
{
    char directory[SCRATCH_PATH_BYTES];
    int status = scratch_make(directory);
    if (status != 0) {
        (void)snprintf(state, STATE_BYTES, "no scratch directory: %s", strerror(-status));
        return false;
    }
    /* The driver switches address randomisation off for what it starts; so does this. */
    bool works = build_and_run(compiler, flag, directory, state);
    scratch_remove(directory);
    return works;
}

static bool probe_tsan(const char *subject, char state[STATE_BYTES])
{
    return probe_build(subject, "-fsanitize=thread", state);
}

/* Without a controller its runtime is dormant: the program runs as any other. */
static bool probe_curfew_cc(const char *subject, char state[STATE_BYTES])
{
    char *path = targets_find(subject);
    if (path == NULL) {
        (void)snprintf(state, STATE_BYTES, "%s not found", subject);
        return false;
    }
    bool works = probe_build(path, "-pthread", state);
    free(path);
    return works;
}

static bool probe_scratch(const char *subject, char state[STATE_BYTES])
{
    char directory[SCRATCH_PATH_BYTES];
    (void)subject;
    int status = scratch_make(directory);
    (void)snprintf(state, STATE_BYTES, "%s", status == 0 ? directory : strerror(-status));
    if (status == 0) {
        *strrchr(state, '/') = '\0';
        scratch_remove(directory);
    }
    return status == 0;
}

static bool probe_pidfd(const char *subject, char state[STATE_BYTES])
{
    (void)subject;
    int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    (void)snprintf(state, STATE_BYTES, "%s", fd >= 0 ? "works" : strerror(errno));
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

static bool probe_personality(const char *subject, char state[STATE_BYTES])
{
    (void)subject;
    int before = personality(0xffffffff);
    bool works = before >= 0 && personality((unsigned long)before | ADDR_NO_RANDOMIZE) >= 0;
    (void)snprintf(state, STATE_BYTES, "%s", works ? "may be switched off" : strerror(errno));
    if (works) {
        (void)personality((unsigned long)before);
    }
    return works;
}

/* Reads the first line of a file below /proc. */
static bool read_line(const char *path, char state[STATE_BYTES])
{
    FILE *file = fopen(path, "re");
    bool got = file != NULL && fgets(state, STATE_BYTES, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!got) {
        state[0] = '\0';
    }
    state[strcspn(state, "\n")] = '\0';
    return got;
}

static bool probe_rnd_bits(const char *subject, char state[STATE_BYTES])
{
    return !read_line(subject, state) || strtol(state, NULL, 10) <= 28;
}

static bool probe_ptrace(const char *subject, char state[STATE_BYTES])
{
    bool found = read_line(subject, state);
    long scope = found ? strtol(state, NULL, 10) : 0;
    (void)snprintf(state, STATE_BYTES, "%s",
                   !found       ? "no restriction"
                   : scope == 0 ? "scope 0"
                   : scope == 1 ? "scope 1: own children only"
                                : "restricted to the administrator");
    return scope == 0 || (scope < 3 && geteuid() == 0);
}

static bool probe_core_pattern(const char *subject, char state[STATE_BYTES])
{
    return !read_line(subject, state) || state[0] != '|';
}

static bool probe_cpus(const char *subject, char state[STATE_BYTES])
{
    cpu_set_t set;
    (void)subject;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    (void)snprintf(state, STATE_BYTES, "%d", count);
    return count >= 2;
}

/* The engine of `curfew probe` tries these itself; its texts are shorter than STATE_BYTES. */
static bool probe_engine_traces(const char *subject, char state[STATE_BYTES])
{
    (void)subject;
    return probe_may_trace(state);
}

static bool probe_engine_isolates(const char *subject, char state[STATE_BYTES])
{
    (void)subject;
    return probe_may_isolate(state);
}

/* What scripts/run does not build, in the source tree. */
#define BUILD_SCENARIO "cmake --preset dev && cmake --build --preset dev --target curfew-scenario-"

static const struct need needs[] = {
    { "run", "scenario program, control-tsan", true, probe_scenario, "control-tsan",
      "scripts/run (builds it)" },
    { "run", "scenario program, control-fast", false, probe_scenario, "control-fast",
      BUILD_SCENARIO "control-fast" },
    { "run", "scenario program, control-asan", false, probe_scenario, "control-asan",
      BUILD_SCENARIO "control-asan" },
    { "run", "scenario program, tsan", true, probe_scenario, "tsan", "scripts/run (builds it)" },
    { "run", "scenario program, plain", false, probe_scenario, "plain", BUILD_SCENARIO "plain" },
    { "run", "scenario program, asan", false, probe_scenario, "asan", BUILD_SCENARIO "asan" },
    { "run", "scratch directory", true, probe_scratch, NULL, "export TMPDIR=DIR (writable)" },
    { "run", "process descriptors", true, probe_pidfd, NULL, "Linux 5.3 or later" },
    { "run", "address randomisation", false, probe_personality, NULL,
      "docker run --security-opt seccomp=unconfined" },
    { "run", "vm.mmap_rnd_bits <= 28", false, probe_rnd_bits, "/proc/sys/vm/mmap_rnd_bits",
      "sysctl vm.mmap_rnd_bits=28" },
    { "run", "two CPUs or more", false, probe_cpus, NULL, "races need true parallelism" },
    { "run", "llvm-symbolizer", false, probe_exists, "llvm-symbolizer", "apt-get install llvm" },
    { "run", "gdb (and for replay --gdb)", false, probe_exists, "gdb", "apt-get install gdb" },
    { "run", "ptrace (for gdb)", false, probe_ptrace, "/proc/sys/kernel/yama/ptrace_scope",
      "sysctl kernel.yama.ptrace_scope=0" },
    { "build", "clang", false, probe_version, "clang", "apt-get install clang" },
    { "build", "ThreadSanitizer", false, probe_tsan, "clang",
      "apt-get install clang libclang-rt-14-dev" },
    { "build", "curfew-cc", false, probe_curfew_cc, "curfew-cc",
      "cmake --preset dev && cmake --build --preset dev --target curfew_runtime" },
    { "build", "cmake", false, probe_version, "cmake", "apt-get install cmake" },
    { "build", "ninja", false, probe_version, "ninja", "apt-get install ninja-build" },
    { "tests", "pytest", false, probe_pytest, "/usr/bin/python3",
      "apt-get install python3-pytest" },
    { "tests", "cmocka", false, probe_cmocka, "cmocka", "apt-get install libcmocka-dev" },
    { "fuzz", "afl-fuzz", false, probe_exists, "afl-fuzz", "apt-get install afl++" },
    { "fuzz", "core_pattern is no pipe", false, probe_core_pattern, "/proc/sys/kernel/core_pattern",
      "sysctl kernel.core_pattern=core" },
    { "probe", "tracing (else --untraced)", false, probe_engine_traces, NULL,
      "sysctl kernel.yama.ptrace_scope=0" },
    { "probe", "isolation of runs", false, probe_engine_isolates, NULL,
      "sysctl kernel.unprivileged_userns_clone=1; or docker run --privileged" },
};
#define NEEDS (sizeof(needs) / sizeof(needs[0]))

static void print_row(const struct need *need, bool works, const char *state)
{
    (void)printf("%-6s %-30s %-9s %s\n", need->verb, need->what,
                 works            ? "ok"
                 : need->required ? "missing"
                                  : "optional",
                 state);
    if (!works) {
        (void)printf("%-6s %-30s %-9s mend: %s\n", "", "", "", need->mend);
    }
}

static void print_json(const struct need *need, bool works, const char *state)
{
    json_t *text = json_string(state);
    json_t *row =
        json_pack("{s:i,s:s,s:s,s:s,s:b,s:b,s:o,s:s}", "v", 1, "event", "need", "verb", need->verb,
                  "need", need->what, "required", (int)need->required, "ok", (int)works, "state",
                  text != NULL ? text : json_string("?"), "mend", need->mend);
    (void)json_dumpf(row, stdout, JSON_COMPACT); /* stdout's errors are found at the end. */
    (void)putchar('\n');
    json_decref(row);
}

static int examine(bool json)
{
    size_t missing = 0;
    size_t optional = 0;
    if (!json) {
        (void)printf("%-6s %-30s %-9s %s\n", "verb", "need", "", "state");
    }
    for (size_t index = 0; index < NEEDS; index++) {
        char state[STATE_BYTES] = "";
        bool works = needs[index].probe(needs[index].subject, state);
        missing += !works && needs[index].required ? 1 : 0;
        optional += !works && !needs[index].required ? 1 : 0;
        (json ? print_json : print_row)(&needs[index], works, state);
    }
    if (json) {
        json_t *row = json_pack("{s:i,s:s,s:I,s:I}", "v", 1, "event", "summary", "missing",
                                (json_int_t)missing, "optional", (json_int_t)optional);
        (void)json_dumpf(row, stdout, JSON_COMPACT);
        (void)putchar('\n');
        json_decref(row);
    } else {
        (void)printf("\n%s: %zu missing, %zu optional ones not there\n",
                     missing == 0 ? "ready" : "not ready", missing, optional);
    }
    return missing == 0 ? STATUS_PASS : STATUS_UNJUDGED;
}

static bool set_option(void *context, int id, const char *value)
{
    (void)id;
    (void)value;
    *(bool *)context = true;
    return true;
}

int verb_doctor(const struct verb *verb, const struct arguments *arguments)
{
    struct options parsed;
    bool json = false;
    int status = options_begin(&parsed, verb, table, arguments, set_option, &json);
    if (status < 0 && (*parsed.names != NULL || arguments->program != NULL)) {
        status = usage_error(verb->name, "unexpected argument '%s'",
                             *parsed.names != NULL ? *parsed.names : "--");
    }
    status = status < 0 ? examine(json) : status;
    options_end(&parsed);
    return status;
}
