/* SPDX-License-Identifier: MIT
 *
 * blind.c -- a target's main without an engine: executes the files that are named, or cases with
 * fresh seeds, which is what feedback has to beat.
 *
 *     fuzz-scenario-fast-blind FILE...
 *     fuzz-scenario-fast-blind --runs=N --seed=S [--write=FILE] [CASE]
 *
 * The second writes each case to FILE before it executes it, so that what ends the process stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "case/case.h"
#include "engine.h"
#include "fuzz.h"

struct request {
    uint64_t runs;
    uint64_t seed;
    const char *write_to;
    const char *files[256];
    unsigned files_count;
};

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
        exit(2);
    }
    (void)close(fd);
    return (size_t)size;
}

static int run_files(const struct request *request)
{
    static uint8_t bytes[CASE_BYTES_MAX];
    for (unsigned at = 0; at < request->files_count; at++) {
        size_t size = load(request->files[at], bytes);
        (void)LLVMFuzzerTestOneInput(bytes, size);
    }
    return 0;
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run_blind(const struct request *request)
{
    static uint8_t bytes[CASE_BYTES_MAX];
    struct execution_case execution;
    uint64_t state = request->seed;
    size_t size = request->files_count > 0 ? load(request->files[0], bytes) : 0;
    case_decode(bytes, size, &execution);
    int fd = request->write_to != NULL
                 ? open(request->write_to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                 : -1;
    double begun = seconds();
    for (uint64_t run = 0; run < request->runs; run++) {
        execution.seed = next(&state);
        execution.base = (uint32_t)(next(&state) % RT_CASE_BASE_rr); /* rr has but one schedule */
        FUZZ_CHECK(case_encode(&execution, bytes, sizeof bytes, &size) == 0);
        if (fd >= 0) {
            (void)!pwrite(fd, bytes, size, 0);
            (void)ftruncate(fd, (off_t)size);
        }
        (void)LLVMFuzzerTestOneInput(bytes, size);
    }
    double took = seconds() - begun;
    (void)printf("%" PRIu64 " executions, %.0f/s, %u counters\n", request->runs,
                 (double)request->runs / (took > 0 ? took : 1), engine_covered());
    return 0;
}

int main(int argc, char **argv)
{
    struct request request = { .seed = 1 };
    for (int at = 1; at < argc; at++) {
        if (strncmp(argv[at], "--runs=", 7) == 0) {
            request.runs = strtoull(argv[at] + 7, NULL, 10);
        } else if (strncmp(argv[at], "--seed=", 7) == 0) {
            request.seed = strtoull(argv[at] + 7, NULL, 10);
        } else if (strncmp(argv[at], "--write=", 8) == 0) {
            request.write_to = argv[at] + 8;
        } else if (argv[at][0] == '-' || request.files_count == 256) {
            (void)fprintf(stderr, "curfew-fuzz: what is '%s'?\n", argv[at]);
            return 2;
        } else {
            request.files[request.files_count++] = argv[at];
        }
    }
    return request.runs > 0 ? run_blind(&request) : run_files(&request);
}
