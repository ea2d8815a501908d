/* SPDX-License-Identifier: MIT
 *
 * files.c -- checked output.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verb.h"

#define PROBE_BYTES 4096u /* a block: a full file system may still have room for a name */

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        data += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return 0;
}

/* Writes to a new file beside `path`; its name is the caller's. */
static int write_temporary(const char *path, const void *data, size_t size_bytes, char **out_name)
{
    char *name;
    if (asprintf(&name, "%s.XXXXXX", path) < 0) {
        return -ENOMEM;
    }
    int fd = mkostemp(name, O_CLOEXEC);
    int status = fd >= 0 ? write_all(fd, data, size_bytes) : -errno;
    if (fd >= 0) {
        mode_t mask = umask(0);
        (void)umask(mask);
        (void)fchmod(fd, 0666 & ~mask); /* mkostemp is for secrets; these are results. */
        status = status == 0 && fsync(fd) != 0 && errno != EINVAL ? -errno : status;
        status = close(fd) != 0 && status == 0 ? -errno : status;
        if (status != 0) {
            (void)unlink(name);
        }
    }
    if (status != 0) {
        free(name);
        return status;
    }
    *out_name = name;
    return 0;
}

int file_write(const char *path, const void *data, size_t size_bytes)
{
    char *name;
    struct stat found;
    if (lstat(path, &found) == 0 && !S_ISREG(found.st_mode)) {
        /* A device, a pipe, a link: written to, never replaced. */
        int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        int wrote = fd >= 0 ? write_all(fd, data, size_bytes) : -errno;
        return fd >= 0 && close(fd) != 0 && wrote == 0 ? -errno : wrote;
    }
    int status = write_temporary(path, data, size_bytes, &name);
    if (status != 0) {
        return status;
    }
    if (rename(name, path) != 0) {
        status = -errno;
        (void)unlink(name);
    }
    free(name);
    return status;
}

static int probe(const char *directory)
{
    static const char block[PROBE_BYTES];
    char *base;
    char *name;
    if (asprintf(&base, "%s/.curfew-probe", directory) < 0) {
        return -ENOMEM;
    }
    int status = write_temporary(base, block, sizeof(block), &name);
    if (status == 0) {
        (void)unlink(name);
        free(name);
    }
    free(base);
    return status;
}

int file_check_directory(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL) {
        return -ENOMEM;
    }
    int status = 0;
    for (char *at = copy + 1; status == 0; at++) {
        if (*at == '/' || *at == '\0') {
            char kept = *at;
            *at = '\0';
            status = mkdir(copy, 0777) != 0 && errno != EEXIST ? -errno : 0;
            *at = kept;
            if (kept == '\0') {
                break;
            }
        }
    }
    free(copy);
    /* A directory above may refuse although the last one exists: the probe decides. */
    int probed = probe(path);
    return probed == -ENOENT && status != 0 ? status : probed;
}

int file_check_parent(const char *path)
{
    char *copy = strdup(path);
    int status = copy != NULL ? probe(dirname(copy)) : -ENOMEM;
    struct stat found;
    free(copy);
    return status == 0 && stat(path, &found) == 0 && S_ISDIR(found.st_mode) ? -EISDIR : status;
}

int file_error_status(int error)
{
    return error == -ENOSPC || error == -EDQUOT || error == -EIO || error == -ENOMEM
               ? STATUS_UNJUDGED
               : STATUS_USAGE;
}

int stdout_flush(void)
{
    static int first;
    errno = 0;
    if (first == 0 && (fflush(stdout) != 0 || ferror(stdout) != 0)) {
        first = errno != 0 ? -errno : -EIO;
    }
    return first;
}
