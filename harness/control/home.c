/* SPDX-License-Identifier: MIT
 *
 * home.c -- where programs under control run: an empty directory for each fork server, so that
 * several do not meet, and what an execution leaves behind neither disturbs the next nor stays.
 *
 * A warden process removes all of it however we end, and kills whoever has it as TMPDIR.
 * Unlike scratch_remove this changes no working directory: several threads clean at once.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

#define DEPTH_MAX 64u

int control_home_make(struct control_home *home, char error[512])
{
    *home = (struct control_home){ .path = "" };
    int failed = scratch_make(home->path);
    if (failed != 0) {
        home->path[0] = '\0';
        (void)snprintf(error, 512, "cannot make a scratch directory in $TMPDIR or /tmp: %s",
                       strerror(-failed));
        return failed;
    }
    failed = warden_start(&home->warden, home->path, home->path);
    if (failed != 0) {
        scratch_remove(home->path);
        home->path[0] = '\0';
        (void)snprintf(error, 512, "cannot start the warden process: %s", strerror(-failed));
    }
    return failed;
}

void control_home_remove(struct control_home *home)
{
    if (home->path[0] != '\0') {
        warden_stop(&home->warden, home->path);
    }
}

int control_directory_make(struct control_session *session, char error[512])
{
    if (session->options.home == NULL) {
        return 0;
    }
    (void)snprintf(session->directory, sizeof session->directory, "%s/XXXXXX",
                   session->options.home);
    if (mkdtemp(session->directory) == NULL) {
        int failed = -errno;
        (void)snprintf(error, 512, "cannot make a directory in '%s': %s", session->options.home,
                       strerror(errno));
        session->directory[0] = '\0';
        return failed;
    }
    return 0;
}

static void note(char left[512], const char *prefix, const char *name, bool is_directory)
{
    size_t length = strlen(left);
    (void)snprintf(left + length, 512 - length, "%s%s%s%s", length > 0 ? " " : "", prefix, name,
                   is_directory ? "/" : "");
}

/* Removes what is in the directory; fd is taken. */
static void empty(int fd, const char *prefix, char left[512], unsigned depth)
{
    DIR *directory = fdopendir(fd);
    struct dirent *entry;
    if (directory == NULL) {
        (void)close(fd);
        return;
    }
    while ((entry = readdir(directory)) != NULL) {
        char below[1024];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (unlinkat(fd, entry->d_name, 0) == 0) {
            note(left, prefix, entry->d_name, false);
            continue;
        }
        note(left, prefix, entry->d_name, true);
        (void)fchmodat(fd, entry->d_name, S_IRWXU, 0); /* It may have locked itself away. */
        int inner = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        (void)snprintf(below, sizeof below, "%s%s/", prefix, entry->d_name);
        if (inner >= 0 && depth < DEPTH_MAX) {
            empty(inner, below, left, depth + 1);
        } else if (inner >= 0) {
            (void)close(inner);
        }
        (void)unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
    (void)closedir(directory);
}

void control_directory_clean(struct control_session *session)
{
    session->left[0] = '\0';
    if (session->directory[0] != '\0') {
        int fd = open(session->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0) {
            empty(fd, "", session->left, 0);
        }
    }
}
