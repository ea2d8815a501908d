/* SPDX-License-Identifier: MIT
 *
 * scratch.c -- makes, lists and removes scratch directories.
 */
#include "scratch.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int scratch_make(char path[SCRATCH_PATH_BYTES])
{
    const char *base = getenv("TMPDIR");
    base = base != NULL && base[0] == '/' ? base : "/tmp";
    if (strchr(base, '\'') != NULL) {
        return -EINVAL; /* It goes into $TSAN_OPTIONS in quotes, which know no escape. */
    }
    int length = snprintf(path, SCRATCH_PATH_BYTES, "%s/curfew-XXXXXX", base);
    if (length < 0 || (size_t)length > SCRATCH_PATH_BYTES - 128) {
        return -ENAMETOOLONG;
    }
    return mkdtemp(path) != NULL ? 0 : -errno;
}

static FTS *open_tree(const char *path, int flags)
{
    char *paths[] = { (char *)(uintptr_t)path, NULL }; /* fts_open only reads it. */
    return fts_open(paths, FTS_PHYSICAL | FTS_XDEV | flags, NULL);
}

void scratch_remove(const char *path)
{
    FTS *tree = open_tree(path, 0); /* It changes directory: a path may be too long to be named. */
    FTSENT *entry;
    while (tree != NULL && (entry = fts_read(tree)) != NULL) {
        switch (entry->fts_info) {
        case FTS_D:
            /* A directory without permissions can be emptied by its owner after this. */
            (void)chmod(entry->fts_accpath, S_IRWXU);
            break;
        case FTS_DNR:
        case FTS_DP:
            (void)rmdir(entry->fts_accpath);
            break;
        default:
            (void)unlink(entry->fts_accpath);
            break;
        }
    }
    if (tree != NULL) {
        (void)fts_close(tree);
    }
}

size_t scratch_list(const char *path, size_t names_max, FILE *file)
{
    FTS *tree = open_tree(path, FTS_NOCHDIR);
    FTSENT *entry;
    size_t count = 0;
    while (tree != NULL && (entry = fts_read(tree)) != NULL) {
        if (entry->fts_info == FTS_D) {
            (void)chmod(entry->fts_accpath, S_IRWXU); /* What it locked away is left behind, too. */
        }
        if (entry->fts_level < 1 || entry->fts_info == FTS_DP) {
            continue;
        }
        if (count < names_max) {
            (void)fprintf(file, "%s%s%s", count > 0 ? " " : "", entry->fts_path + strlen(path) + 1,
                          entry->fts_info == FTS_D ? "/" : "");
        }
        count++;
    }
    if (count > names_max) {
        (void)fprintf(file, " ...");
    }
    if (tree != NULL) {
        (void)fts_close(tree);
    }
    return count;
}
