/* SPDX-License-Identifier: MIT
 *
 * fuzz_afl.c -- AFL++ as an engine: its environment, its directories, and what it leaves in them.
 *
 * The first worker is AFL++'s main instance, the others are secondaries; they exchange what they
 * find through the campaign's directory, which a later campaign goes on with.  Only our own mutator
 * edits cases.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "fuzz.h"
#include "launch.h"

#define MUTATOR "curfew-fuzz-mutator.so"
#define TIMEOUT_MS 2000 /* of one execution; a thread that spins takes no step */

bool fuzz_afl_begin(struct fuzz *fuzz)
{
    char *path = NULL;
    if (launch_find("afl-fuzz", &path) != 0) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error),
                       "cannot find 'afl-fuzz': apt-get install afl++, then build again");
        return false;
    }
    free(path);
    path = fuzz_target_find(fuzz, &fuzz->workers[0]);
    bool found = path != NULL;
    free(path);
    return found && fuzz_start_inputs(fuzz);
}

/* Of one worker, below the campaign's. */
static void worker_directory(const struct fuzz *fuzz, const struct fuzz_worker *worker,
                             char path[1024])
{
    if (fuzz->workers_count == 1) {
        (void)snprintf(path, 1024, "%s/default", fuzz->state);
    } else {
        (void)snprintf(path, 1024, "%s/worker-%u", fuzz->state, worker->number);
    }
}

static void environment_of(struct fuzz *fuzz, const struct fuzz_worker *worker,
                           struct argv *environment)
{
    static const char *const set[] = {
        "AFL_NO_UI",
        "AFL_SKIP_CPUFREQ",
        "AFL_NO_AFFINITY", /* it has ours */
        "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES",
        "AFL_NO_CRASH_README",
        "AFL_AUTORESUME",
        "AFL_CUSTOM_MUTATOR_ONLY",
        "AFL_FAST_CAL", /* executions are exact */
    };
    fuzz_environment(fuzz, worker, environment);
    for (size_t at = 0; at < sizeof(set) / sizeof(set[0]); at++) {
        argv_set(environment, set[at], "1");
    }
    char *mutator = targets_find(MUTATOR);
    argv_set(environment, "AFL_CUSTOM_MUTATOR_LIBRARY", mutator != NULL ? mutator : MUTATOR);
    free(mutator);
}

bool fuzz_afl_command(struct fuzz *fuzz, struct fuzz_worker *worker, struct argv *argv,
                      struct argv *environment)
{
    const struct fuzz_options *options = fuzz->options;
    char *afl = NULL;
    uint64_t share = options->runs / fuzz->workers_count;
    if (worker->started) {
        return false; /* it has ended by itself: its runs are done */
    }
    worker->started = true;
    (void)launch_find("afl-fuzz", &afl);
    char *target = fuzz_target_find(fuzz, worker);
    argv_add(argv, "%s", afl != NULL ? afl : "afl-fuzz");
    if (fuzz->workers_count > 1) {
        argv_add(argv, worker->number == 0 ? "-M" : "-S");
        argv_add(argv, "worker-%u", worker->number);
    }
    argv_add(argv, "-i%s", fuzz->inputs);
    argv_add(argv, "-o%s", fuzz->state);
    argv_add(argv, "-t%d", TIMEOUT_MS);
    argv_add(argv, "-mnone");
    argv_add(argv, "-s%" PRIu64, options->seed + worker->number);
    if (options->runs != UINT64_MAX) {
        argv_add(argv, "-E%" PRIu64, share > 0 ? share : 1);
    }
    argv_add(argv, "--");
    argv_add(argv, "%s", target != NULL ? target : "");
    fuzz_program(fuzz, argv);
    environment_of(fuzz, worker, environment);
    free(afl);
    free(target);
    return true;
}

/* "id:000012,..." */
static bool id_of(const char *name, uint64_t *out_id)
{
    char *end;
    if (strncmp(name, "id:", 3) != 0) {
        return false;
    }
    *out_id = strtoull(name + 3, &end, 10);
    return end > name + 3;
}

static int compare_names(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

/* What is new in a directory of crashes, in the order in which it came. */
static void take_new(struct fuzz *fuzz, const char *directory, uint64_t *next)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, NULL, compare_names);
    for (int at = 0; at < count; at++) {
        uint64_t id;
        char path[1600];
        if (id_of(entries[at]->d_name, &id) && id >= *next && fuzz->error[0] == '\0' &&
            fuzz->total.kinds < fuzz->options->findings_max) {
            (void)snprintf(path, sizeof(path), "%s/%s", directory, entries[at]->d_name);
            fuzz_finding_file(fuzz, path);
            *next = id + 1;
        }
        free(entries[at]);
    }
    free(entries);
}

static void read_stability(const char *path, double *out_stability)
{
    char line[256];
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "stability ", 10) == 0 && colon != NULL) {
            *out_stability = strtod(colon + 1, NULL);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

void fuzz_afl_look(struct fuzz *fuzz, struct fuzz_worker *worker)
{
    char base[1024];
    char path[1100];
    worker_directory(fuzz, worker, base);
    (void)snprintf(path, sizeof(path), "%s/crashes", base);
    take_new(fuzz, path, &worker->crashes_taken);
    (void)snprintf(path, sizeof(path), "%s/hangs", base);
    take_new(fuzz, path, &worker->hangs_taken);
    (void)snprintf(path, sizeof(path), "%s/fuzzer_stats", base);
    read_stability(path, &worker->stability);
}
