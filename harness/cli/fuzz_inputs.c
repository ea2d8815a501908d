/* SPDX-License-Identifier: MIT
 *
 * fuzz_inputs.c -- what a campaign begins with: the corpus, and where it keeps its state.
 *
 * Engines with feedback want inputs that pass.  Those of the corpus that fail are findings; if none
 * passes, some are drawn.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "fuzz.h"

#define DRAWN_MAX 64u

static bool keep(struct fuzz *fuzz, const char *directory, const uint8_t *bytes, size_t size,
                 unsigned number)
{
    char path[1100];
    (void)snprintf(path, sizeof(path), "%s/%04u", directory, number);
    int failed = file_write(path, bytes, size);
    if (failed != 0) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "cannot write '%s': %s", path,
                       strerror(-failed));
    }
    return failed == 0;
}

bool fuzz_file_read(struct fuzz *fuzz, const char *path, uint8_t bytes[CASE_BYTES_MAX],
                    size_t *out_size)
{
    FILE *file = fopen(path, "re");
    *out_size = file != NULL ? fread(bytes, 1, CASE_BYTES_MAX, file) : 0;
    if (file == NULL || ferror(file) != 0) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "cannot read '%s': %s", path,
                       strerror(errno));
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return fuzz->error[0] == '\0';
}

/* Makes a case one with a seed of its own. */
static bool draw(uint8_t bytes[CASE_BYTES_MAX], size_t *size, uint64_t seed)
{
    struct execution_case drawn;
    case_decode(bytes, *size, &drawn);
    drawn.base = RT_CASE_BASE_random;
    drawn.seed = seed;
    return case_encode(&drawn, bytes, CASE_BYTES_MAX, size) == 0;
}

bool fuzz_start_inputs(struct fuzz *fuzz)
{
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size = 0;
    unsigned kept = 0;
    (void)snprintf(fuzz->inputs, sizeof(fuzz->inputs), "%s/inputs", fuzz->home.path);
    if (mkdir(fuzz->inputs, 0700) != 0) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "cannot make '%s': %s", fuzz->inputs,
                       strerror(errno));
        return false;
    }
    for (size_t at = 0; at < fuzz->corpus.count && fuzz->error[0] == '\0'; at++) {
        if (fuzz_file_read(fuzz, fuzz->corpus.words[at], bytes, &size) &&
            fuzz_passes(fuzz, bytes, size) && keep(fuzz, fuzz->inputs, bytes, size, kept)) {
            kept++;
        }
    }
    for (unsigned at = 0; kept == 0 && at < DRAWN_MAX && fuzz->error[0] == '\0'; at++) {
        if (draw(bytes, &size, fuzz->options->seed * DRAWN_MAX + at) &&
            fuzz_passes(fuzz, bytes, size) && keep(fuzz, fuzz->inputs, bytes, size, kept)) {
            kept++;
        }
    }
    if (kept == 0 && fuzz->error[0] == '\0' && fuzz->total.kinds < fuzz->options->findings_max &&
        !curfew_stop_is_requested(fuzz->stop)) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error),
                       "an engine with feedback has nothing to begin with: all of %u executions "
                       "failed (--engine=blind goes on)",
                       DRAWN_MAX + (unsigned)fuzz->corpus.count);
    }
    return kept > 0;
}

void fuzz_draw_input(struct fuzz *fuzz, const char *directory, uint64_t seed)
{
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size = 0;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        (void)snprintf(fuzz->error, sizeof(fuzz->error), "cannot make '%.400s': %s", directory,
                       strerror(errno));
        return;
    }
    if (fuzz_file_read(fuzz, fuzz->template, bytes, &size) && draw(bytes, &size, seed)) {
        (void)keep(fuzz, directory, bytes, size, 0);
    }
}
