/* SPDX-License-Identifier: MIT
 *
 * out_save.c -- one text file per distinct failure: versioned, and made to be compared with diff.
 */
#include <errno.h>
#include <stdlib.h>

#include "files.h"
#include "out.h"

static int save_failure(void *state, const struct out_run *run,
                        const struct campaign_failure *failure, const char **out_what)
{
    (void)state;
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
