/* SPDX-License-Identifier: MIT
 *
 * blind.c -- a target's main without an engine: executes the files that are named, then cases with
 * fresh seeds, which is what feedback has to beat.
 *
 *     fuzz-scenario-fast-blind FILE...
 *     fuzz-scenario-fast-blind --runs=N [--seed=S] [--first=I] [--stride=J] [--case=FILE] [FILE...]
 *
 * The second executes, behind the files, the runs I, I + J, ... below N.  What a run draws depends
 * on S, its number and $CURFEW_FUZZ_LENGTHS alone.  It is the case in FILE with another seed;
 * without one, and without $CURFEW_FUZZ_SCENARIO, the configuration is drawn as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "fuzz.h"
#include "mutate.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static struct {
    uint64_t runs;
    uint64_t seed;
    uint64_t first;
    uint64_t stride;
    const char *template;
    bool any;            /* configuration */
    uint16_t lengths[2]; /* mutate_lengths */
    char **files;
    int files_count;
} request = { .seed = 1, .stride = 1 };

static uint64_t next(uint64_t *state)
{
    uint64_t mixed = (*state += UINT64_C(0x9e3779b97f4a7c15));
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

static size_t load(const char *path, uint8_t bytes[CASE_BYTES_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, bytes, CASE_BYTES_MAX);
    if (size < 0) {
        (void)fprintf(stderr, "curfew-fuzz: cannot read '%s': %s\n", path, strerror(errno));
        exit(3);
    }
    (void)close(fd);
    return (size_t)size;
}

static void run_files(void)
{
    static uint8_t bytes[CASE_BYTES_MAX];
    for (int at = 0; at < request.files_count; at++) {
        size_t size = load(request.files[at], bytes);
        (void)LLVMFuzzerTestOneInput(bytes, size);
    }
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Run `number` of this seed: the template with another seed and base. */
static void draw(uint64_t number, struct execution_case *execution)
{
    static const uint16_t lengths[] = { 0, 60, 120, 250 };
    uint64_t state = request.seed;
    state = next(&state) ^ number * UINT64_C(0x2545f4914f6cdd1d);
    execution->seed = next(&state);
    execution->base = (uint32_t)(next(&state) % RT_CASE_BASE_rr); /* rr has but one schedule */
    if (request.lengths[0] != request.lengths[1]) {
        execution->expected_steps = request.lengths[next(&state) % 2];
    }
    if (request.any) {
        struct mutator mutator;
        FUZZ_CHECK(mutator_init(&mutator, next(&state)));
        execution->expected_steps = lengths[next(&state) % (sizeof lengths / sizeof lengths[0])];
        mutate_configuration(&mutator, execution);
    }
}

static void run_blind(void)
{
    static uint8_t bytes[CASE_BYTES_MAX];
    static struct execution_case template;
    static struct execution_case execution;
    size_t size = request.template != NULL ? load(request.template, bytes) : 0;
    uint64_t done = 0;
    case_decode(bytes, size, &template);
    request.any = request.template == NULL && getenv("CURFEW_FUZZ_SCENARIO") == NULL;
    mutate_lengths(request.lengths);
    double begun = seconds();
    for (uint64_t run = request.first; run < request.runs; run += request.stride) {
        execution = template;
        draw(run, &execution);
        FUZZ_CHECK(case_encode(&execution, bytes, sizeof bytes, &size) == 0);
        (void)LLVMFuzzerTestOneInput(bytes, size);
        done++;
    }
    double took = seconds() - begun;
    (void)printf("%" PRIu64 " executions, %.0f/s, %u counters\n", done,
                 (double)done / (took > 0 ? took : 1), engine_covered());
}

/* "--NAME=VALUE" */
static bool is_option(const char *argument, const char *name, const char **out_value)
{
    size_t length = strlen(name);
    *out_value = argument + length + 3;
    return strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, length) == 0 &&
           argument[length + 2] == '=';
}

int main(int argc, char **argv)
{
    request.files = calloc((size_t)argc + 1, sizeof request.files[0]);
    FUZZ_CHECK(request.files != NULL);
    if (&LLVMFuzzerInitialize != NULL) {
        (void)LLVMFuzzerInitialize(&argc, &argv);
    }
    for (int at = 1; at < argc; at++) {
        const char *value;
        if (is_option(argv[at], "runs", &value)) {
            request.runs = strtoull(value, NULL, 10);
        } else if (is_option(argv[at], "seed", &value)) {
            request.seed = strtoull(value, NULL, 10);
        } else if (is_option(argv[at], "first", &value)) {
            request.first = strtoull(value, NULL, 10);
        } else if (is_option(argv[at], "stride", &value)) {
            request.stride = strtoull(value, NULL, 10);
        } else if (is_option(argv[at], "case", &value)) {
            request.template = value;
        } else if (argv[at][0] == '-' || request.stride == 0) {
            (void)fprintf(stderr, "curfew-fuzz: what is '%s'?\n", argv[at]);
            return 3;
        } else {
            request.files[request.files_count++] = argv[at];
        }
    }
    run_files();
    if (request.runs > 0) {
        run_blind();
    }
    return 0;
}
