/* SPDX-License-Identifier: MIT
 *
 * fuzz_engine.c -- the engines of `curfew fuzz`, and the one without feedback.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "fuzz.h"

char *fuzz_target_find(struct fuzz *fuzz, const struct fuzz_worker *worker)
{
    const char *flavour = fuzz->options->flavour;
    char name[64];
    if (strcmp(flavour, "mixed") == 0) {
        flavour = worker->number % 2 == 0 ? "tsan" : "fast";
    }
    if (fuzz->subject->is_scenario) {
        (void)snprintf(name, sizeof(name), "fuzz-scenario-%s-%s", flavour,
                       fuzz->options->engine->name);
    } else {
        (void)snprintf(name, sizeof(name), "fuzz-program-%s", fuzz->options->engine->name);
    }
    char *path = targets_find(name);
    if (path == NULL) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error),
                       "cannot find the fuzz target '%s': build it with clang (and afl++), or set "
                       "CURFEW_LIBEXEC to its directory",
                       name);
    }
    return path;
}

void fuzz_environment(struct fuzz *fuzz, const struct fuzz_worker *worker, struct argv *environment)
{
    static const char sanitizer[] = "abort_on_error=1:" CONTROL_SANITIZER_OPTIONS;
    char path[700];
    const char *features = getenv("CURFEW_FUZZ_FEATURES");
    argv_environment(environment, "CURFEW_");
    if (features != NULL) {
        argv_set(environment, "CURFEW_FUZZ_FEATURES", features);
    }
    (void)snprintf(path, sizeof(path), "%s.status", worker->directory);
    argv_set(environment, FUZZ_STATUS_ENV, path);
    argv_set(environment, "CURFEW_FUZZ_DIR", worker->directory);
    argv_set(environment, "TMPDIR", fuzz->home.path);
    argv_set(environment, "GLIBC_TUNABLES", CONTROL_LIBC_TUNABLES);
    argv_set(environment, "TSAN_OPTIONS", sanitizer);
    argv_set(environment, "ASAN_OPTIONS", CONTROL_ADDRESS_OPTIONS);
    (void)snprintf(path, sizeof(path), "%u,%u", fuzz->lengths[0], fuzz->lengths[1]);
    argv_set(environment, "CURFEW_FUZZ_LENGTHS", path);
    if (fuzz->subject->is_scenario) {
        argv_set(environment, "CURFEW_FUZZ_SCENARIO", fuzz->subject->text);
    }
    if (!fuzz->subject->is_scenario) {
        (void)snprintf(path, sizeof(path), "%d", fuzz->subject->expect_status);
        argv_set(environment, "CURFEW_FUZZ_EXPECT", path);
    }
}

void fuzz_program(const struct fuzz *fuzz, struct argv *argv)
{
    if (fuzz->subject->is_scenario) {
        return;
    }
    argv_add(argv, "--");
    for (char **word = fuzz->subject->argv; *word != NULL; word++) {
        argv_add(argv, "%s", *word);
    }
}

/* ---- blind ---- */

static void blind_path(const struct fuzz *fuzz, char path[1024])
{
    (void)snprintf(path, 1024, "%s/next", fuzz->state);
}

/* Goes on with the first run that no campaign of this kind has executed. */
static bool blind_begin(struct fuzz *fuzz)
{
    char path[1024];
    blind_path(fuzz, path);
    FILE *file = fopen(path, "re");
    if (file != NULL && fscanf(file, "%" SCNu64, &fuzz->executions_before) != 1) {
        fuzz->executions_before = 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    if (fuzz->executions_before > 0) {
        argv_fini(&fuzz->corpus); /* it was executed then */
    }
    return true;
}

/* The number of the worker's next run. */
static uint64_t blind_next(const struct fuzz *fuzz, const struct fuzz_worker *worker)
{
    uint64_t files = worker->number == 0 ? fuzz->corpus.count : 0;
    uint64_t done = worker->status->executions;
    return fuzz->executions_before + worker->number +
           (done > files ? done - files : 0) * fuzz->workers_count;
}

static void blind_end(struct fuzz *fuzz)
{
    char path[1024];
    char text[32];
    uint64_t next = UINT64_MAX;
    for (unsigned at = 0; at < fuzz->workers_count; at++) {
        uint64_t one = blind_next(fuzz, &fuzz->workers[at]);
        next = one < next ? one : next;
    }
    blind_path(fuzz, path);
    int length = snprintf(text, sizeof(text), "%" PRIu64 "\n", next);
    int failed = file_write(path, text, (size_t)length);
    if (failed != 0 && fuzz->error[0] == '\0') {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "cannot write '%.400s': %s", path,
                       strerror(-failed));
    }
}

/* The first worker begins with the corpus; all share the runs.  One that died goes on behind what
 * it died of. */
static bool blind_command(struct fuzz *fuzz, struct fuzz_worker *worker, struct argv *argv,
                          struct argv *environment)
{
    const struct fuzz_options *options = fuzz->options;
    uint64_t files = worker->number == 0 ? fuzz->corpus.count : 0;
    uint64_t done = worker->status->executions;
    uint64_t first = blind_next(fuzz, worker);
    uint64_t runs = options->runs < UINT64_MAX - fuzz->executions_before
                        ? fuzz->executions_before + options->runs
                        : UINT64_MAX;
    if (done >= files && first >= runs) {
        return false;
    }
    char *target = fuzz_target_find(fuzz, worker);
    argv_add(argv, "%s", target != NULL ? target : "");
    argv_add(argv, "--runs=%" PRIu64, runs);
    argv_add(argv, "--seed=%" PRIu64, options->seed);
    argv_add(argv, "--first=%" PRIu64, first);
    argv_add(argv, "--stride=%u", fuzz->workers_count);
    argv_add(argv, "--case=%s", fuzz->template);
    for (uint64_t at = done; at < files; at++) {
        argv_add(argv, "%s", fuzz->corpus.words[at]);
    }
    fuzz_program(fuzz, argv);
    fuzz_environment(fuzz, worker, environment);
    free(target);
    return true;
}

/* ---- libFuzzer ---- */

static bool libfuzzer_begin(struct fuzz *fuzz)
{
    char *path = fuzz_target_find(fuzz, &fuzz->workers[0]);
    bool found = path != NULL;
    free(path);
    return found && fuzz_start_inputs(fuzz);
}

/* It dies of each finding, and of each execution that ends the process with threads left; it goes
 * on with the same corpus, a fresh case, since it may have died before the corpus had any, and
 * another seed. */
static bool libfuzzer_command(struct fuzz *fuzz, struct fuzz_worker *worker, struct argv *argv,
                              struct argv *environment)
{
    const struct fuzz_options *options = fuzz->options;
    uint64_t share = options->runs / fuzz->workers_count;
    uint64_t done = worker->status->executions;
    char directory[1024];
    if (options->runs != UINT64_MAX && done >= share) {
        return false;
    }
    (void)snprintf(directory, sizeof(directory), "%s/corpus", fuzz->state);
    if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "cannot make '%.400s': %s", directory,
                       strerror(errno));
    }
    char *target = fuzz_target_find(fuzz, worker);
    uint64_t seed = options->seed * UINT64_C(7919) + done * FUZZ_JOBS_MAX + worker->number;
    argv_add(argv, "%s", target != NULL ? target : "");
    argv_add(argv, "-seed=%" PRIu64, 1 + seed % UINT32_MAX);
    if (options->runs != UINT64_MAX) {
        argv_add(argv, "-runs=%" PRIu64, share - done);
    }
    argv_add(argv, "-max_len=%u", CASE_BYTES_MAX);
    argv_add(argv, "-len_control=0");
    argv_add(argv, "-rss_limit_mb=0");
    argv_add(argv, "-timeout=0");
    argv_add(argv, "-reload=1");
    argv_add(argv, "-artifact_prefix=%s.", worker->directory);
    argv_add(argv, "%s", directory);
    (void)snprintf(directory, sizeof(directory), "%s.drawn", worker->directory);
    if (worker->started) {
        fuzz_draw_input(fuzz, directory, seed);
    }
    argv_add(argv, "%s", worker->started ? directory : fuzz->inputs);
    worker->started = true;
    fuzz_program(fuzz, argv);
    fuzz_environment(fuzz, worker, environment);
    free(target);
    return true;
}

/* ---- the table ---- */

static const struct fuzz_engine engines[] = {
    { "afl", SIGINT, 0, fuzz_afl_begin, fuzz_afl_command, fuzz_afl_look, NULL },
    { "libfuzzer", SIGKILL, 77, libfuzzer_begin, libfuzzer_command, NULL, NULL },
    { "blind", SIGKILL, 0, blind_begin, blind_command, NULL, blind_end },
};
#define ENGINES (sizeof(engines) / sizeof(engines[0]))

const struct fuzz_engine *fuzz_engine_find(const char *name)
{
    for (size_t at = 0; at < ENGINES; at++) {
        if (strcmp(engines[at].name, name) == 0) {
            return &engines[at];
        }
    }
    return NULL;
}

const char *fuzz_engine_words(void)
{
    static char text[128];
    text[0] = '\0';
    for (size_t at = 0; at < ENGINES; at++) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof(text) - length, "%s%s", at > 0 ? ", " : "",
                       engines[at].name);
    }
    return text;
}
