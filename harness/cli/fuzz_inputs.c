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

static bool keep(struct fuzz *fuzz, const uint8_t *bytes, size_t size, unsigned number)
{
    char path[700];
    (void)snprintf(path, sizeof(path), "%s/%04u", fuzz->inputs, number);
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

bool fuzz_start_inputs(struct fuzz *fuzz)
{
    uint8_t bytes[CASE_BYTES_MAX];
    struct execution_case drawn;
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
            fuzz_passes(fuzz, bytes, size) && keep(fuzz, bytes, size, kept)) {
            kept++;
        }
    }
    case_decode(bytes, size, &drawn);
    drawn.base = RT_CASE_BASE_random;
    for (unsigned at = 0; kept == 0 && at < DRAWN_MAX && fuzz->error[0] == '\0'; at++) {
        drawn.seed = fuzz->options->seed * DRAWN_MAX + at;
        if (case_encode(&drawn, bytes, sizeof(bytes), &size) == 0 &&
            fuzz_passes(fuzz, bytes, size) && keep(fuzz, bytes, size, kept)) {
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
