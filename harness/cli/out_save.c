/* SPDX-License-Identifier: MIT
 *
 * out_save.c -- one text file per distinct failure: versioned, and made to be compared with diff.
 * Under control it is a seed file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "out.h"

/* Under control it is the seed file: `curfew replay` describes the failure anew. */
static int save_seed_file(const struct out_run *run, const struct out_failure *failure,
                          const char **out_what)
{
    const char *text = failure->control->seed_file;
    char *path = describe_file(run, failure);
    int status = path != NULL ? file_write(path, text, strlen(text)) : -ENOMEM;
    *out_what = run->save;
    free(path);
    return status;
}

static int save_failure(void *state, const struct out_run *run, const struct out_failure *failure,
                        const char **out_what)
{
    (void)state;
    if (failure->control != NULL) {
        return save_seed_file(run, failure, out_what);
    }
    char *text = NULL;
    size_t text_bytes;
    char *path = describe_file(run, failure);
    FILE *file = path != NULL ? open_memstream(&text, &text_bytes) : NULL;
    *out_what = run->save;
    if (file == NULL) {
        free(path);
        return -ENOMEM;
    }
    (void)fputs(SAVED_FORMAT "\n", file);
    describe_failure(run, failure, file);
    int status = fclose(file) == 0 ? file_write(path, text, text_bytes) : -ENOMEM;
    free(text);
    free(path);
    return status;
}

struct out out_save(void)
{
    return (struct out){ .failure = save_failure };
}
