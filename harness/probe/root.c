/* SPDX-License-Identifier: MIT
 *
 * root.c -- overlays over the root and over every other file system that is mounted, a fresh /proc
 * and a minimal /dev; then pivot_root.  Runs as the first process of a new mount namespace; all
 * that is mounted here goes away with it.
 */
#include "root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util.h"

bool root_in_user_namespace;

/* Where the parts are, below the scratch directory, while the new root is being built. */
struct building {
    const char *scratch;
    struct isolation *isolation;
    char *why;
    int attempts; /* at an overlay, for names */
};

static int failed(const struct building *building, const char *what, const char *path)
{
    int error = errno;
    (void)snprintf(building->why, 160, "cannot %s '%.100s': %s", what, path, strerror(error));
    return error ? -error : -EIO;
}

static bool is_under(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Overlays one directory of the old root at the same place in the new one. */
static int add_overlay(struct building *building, const char *path)
{
    struct isolation *isolation = building->isolation;
    struct layer *layer = &isolation->layers[isolation->layers_count];
    int index = building->attempts++;
    char upper[256], work[256], place[512], options[1024];
    if (isolation->layers_count >= LAYERS_MAX - 1) {
        errno = E2BIG;
        return failed(building, "overlay", path);
    }
    (void)snprintf(upper, sizeof upper, "%s/up%d", building->scratch, index);
    (void)snprintf(work, sizeof work, "%s/work%d", building->scratch, index);
    (void)snprintf(place, sizeof place, "%s/new%s", building->scratch, path);
    struct stat status;
    if (stat(*path ? path : "/", &status) || mkdir(upper, 0755) || mkdir(work, 0755)) {
        return failed(building, "make", upper);
    }
    /* The merged directory has the upper's owner and mode, and /tmp is 1777. */
    if (chmod(upper, status.st_mode & 07777) ||
        (!root_in_user_namespace && chown(upper, status.st_uid, status.st_gid))) {
        return failed(building, "set owner of", upper);
    }
    (void)snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s%s",
                   *path ? path : "/", upper, work, root_in_user_namespace ? ",userxattr" : "");
    if (mount("overlay", place, "overlay", 0, options)) {
        return failed(building, "mount an overlay on", *path ? path : "/");
    }
    (void)snprintf(layer->path, sizeof layer->path, "%s", path);
    layer->upper = open(upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    layer->lower = open(*path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    isolation->layers_count++;
    return 0;
}

static int bind_read_only(struct building *building, const char *path)
{
    char place[512];
    (void)snprintf(place, sizeof place, "%s/new%s", building->scratch, path);
    if (mount(path, place, NULL, MS_BIND | MS_REC, NULL)) {
        return failed(building, "bind", path);
    }
    /* In a user namespace flags that are locked must stay; a refusal leaves it as it was outside.
     */
    (void)mount(NULL, place, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
    return 0;
}

static void unescape(char *path)
{
    char *out = path;
    for (const char *in = path; *in;) {
        unsigned code;
        if (*in == '\\' && sscanf(in + 1, "%3o", &code) == 1) {
            *out++ = (char)code;
            in += 4;
        } else {
            *out++ = *in++;
        }
    }
    *out = '\0';
}

static int add_mounted(struct building *building)
{
    static char table[65536];
    char *save = NULL;
    int result = 0;
    if (read_text("/proc/self/mountinfo", table, sizeof table) < 0) {
        return failed(building, "read", "/proc/self/mountinfo");
    }
    for (char *line = strtok_r(table, "\n", &save); line && !result;
         line = strtok_r(NULL, "\n", &save)) {
        char path[256];
        struct stat status;
        if (sscanf(line, "%*s %*s %*s %*s %255s", path) != 1) {
            continue;
        }
        unescape(path);
        if (strcmp(path, "/") == 0 || is_under(path, "/proc") || is_under(path, "/sys") ||
            is_under(path, "/dev") || is_under(path, building->scratch) || stat(path, &status)) {
            continue;
        }
        bool again = false;
        for (int i = 0; i < building->isolation->layers_count; i++) {
            again |= strcmp(building->isolation->layers[i].path, path) == 0;
        }
        if (again) {
            continue;
        }
        if (!S_ISDIR(status.st_mode) || add_overlay(building, path) != 0) {
            result = bind_read_only(building, path);
        }
    }
    return result;
}

/* In a user namespace an overlay may not be laid over a directory with file systems mounted below
 * it, which the root has; so each directory in it gets its own, or is shown read-only. */
static int add_pieces(struct building *building)
{
    char place[512];
    int result = 0;
    (void)snprintf(place, sizeof place, "%s/new", building->scratch);
    if (mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755")) {
        return failed(building, "mount a tmpfs on", place);
    }
    DIR *root = opendir("/");
    if (!root) {
        return failed(building, "list", "/");
    }
    for (struct dirent *entry; !result && (entry = readdir(root));) {
        char path[300], target[256];
        struct stat status;
        (void)snprintf(path, sizeof path, "/%s", entry->d_name);
        (void)snprintf(place, sizeof place, "%s/new%s", building->scratch, path);
        if (entry->d_name[0] == '.' || lstat(path, &status)) {
            continue;
        }
        if (S_ISLNK(status.st_mode)) {
            ssize_t length = readlink(path, target, sizeof target - 1);
            target[length > 0 ? length : 0] = '\0';
            (void)symlink(target, place);
        } else if (S_ISDIR(status.st_mode)) {
            bool special =
                is_under(path, "/proc") || is_under(path, "/sys") || is_under(path, "/dev");
            (void)mkdir(place, 0755);
            result =
                special || add_overlay(building, path) == 0 ? 0 : bind_read_only(building, path);
        }
    }
    (void)closedir(root);
    return result;
}

static int add_devices(struct building *building)
{
    static const struct {
        const char *name;
        unsigned major, minor;
    } devices[] = { { "null", 1, 3 },   { "zero", 1, 5 },    { "full", 1, 7 },
                    { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 } };
    static const struct {
        const char *name, *to;
    } links[] = { { "fd", "/proc/self/fd" },
                  { "stdin", "/proc/self/fd/0" },
                  { "stdout", "/proc/self/fd/1" },
                  { "stderr", "/proc/self/fd/2" },
                  { "ptmx", "pts/ptmx" } };
    char place[512], path[600], host[64];
    (void)snprintf(place, sizeof place, "%s/new/dev", building->scratch);
    if (mount("tmpfs", place, "tmpfs", MS_NOSUID, "mode=0755")) {
        return failed(building, "mount", "/dev");
    }
    struct layer *layer = &building->isolation->layers[building->isolation->layers_count++];
    (void)snprintf(layer->path, sizeof layer->path, "/dev");
    layer->upper = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    layer->lower = -1;
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", place, devices[i].name);
        (void)snprintf(host, sizeof host, "/dev/%s", devices[i].name);
        if (mknod(path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)) == 0) {
            (void)chmod(path, 0666);
            continue;
        }
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
        if (fd < 0 || close(fd) || mount(host, path, NULL, MS_BIND, NULL)) {
            return failed(building, "make", host);
        }
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", place, links[i].name);
        (void)symlink(links[i].to, path);
    }
    (void)snprintf(path, sizeof path, "%s/shm", place);
    (void)mkdir(path, 0777);
    (void)chmod(path, 01777);
    (void)snprintf(path, sizeof path, "%s/pts", place);
    (void)mkdir(path, 0755);
    /* Terminals are a luxury: a kernel that refuses them here runs everything else. */
    (void)mount("devpts", path, "devpts", MS_NOSUID | MS_NOEXEC,
                "newinstance,ptmxmode=0666,mode=620");
    return 0;
}

static int add_special(struct building *building)
{
    char place[512], own[256];
    int result = add_devices(building);
    if (result) {
        return result;
    }
    (void)snprintf(place, sizeof place, "%s/new/proc", building->scratch);
    if (mount("proc", place, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)) {
        return failed(building, "mount", "/proc");
    }
    if (bind_read_only(building, "/sys")) {
        return failed(building, "bind", "/sys");
    }
    (void)snprintf(own, sizeof own, "%s/own", building->scratch);
    (void)snprintf(place, sizeof place, "%s/new%s", building->scratch, building->scratch);
    if (mkdir(own, 0777) || chmod(own, 01777) || mount(own, place, NULL, MS_BIND, NULL)) {
        return failed(building, "bind", building->scratch);
    }
    return 0;
}

int root_make(const char *scratch, struct isolation *isolation, char *out_why)
{
    struct building building = { scratch, isolation, out_why, 0 };
    char cwd[4096], root[256];
    if (!getcwd(cwd, sizeof cwd)) {
        (void)snprintf(cwd, sizeof cwd, "/");
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
        return failed(&building, "make private", "/");
    }
    if (mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1g")) {
        return failed(&building, "mount a tmpfs on", scratch);
    }
    (void)snprintf(root, sizeof root, "%s/new", scratch);
    (void)mkdir(root, 0755);
    int result = root_in_user_namespace ? add_pieces(&building) : add_overlay(&building, "");
    if (!result && !root_in_user_namespace) {
        result = add_mounted(&building);
    }
    if (!result) {
        result = add_special(&building);
    }
    if (result) {
        return result;
    }
    if (chdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH)) {
        return failed(&building, "pivot to", root);
    }
    if (chdir(cwd)) {
        (void)!chdir("/");
    }
    return 0;
}
