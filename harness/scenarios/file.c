/* SPDX-License-Identifier: MIT
 *
 * file.c -- reads a file of "NAME: SCENARIO" lines.  Touches the one file it is given.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

enum { FILE_BYTES_MAX = 16 * 1024 * 1024 };

struct loader {
    const char *path;
    struct scenario_file *file;
    uint32_t line;
    char *message; /* borrowed from the caller; may be NULL */
    size_t message_bytes;
};

/* "path: what", and returns -error. */
static int complain(const struct loader *loader, int error, const char *what)
{
    if (loader->message != NULL) {
        (void)snprintf(loader->message, loader->message_bytes, "%s: %s", loader->path, what);
    }
    return -error;
}

/* "path:line:column: what", and returns -EINVAL. */
__attribute__((format(printf, 3, 4))) static int complain_at(const struct loader *loader,
                                                             size_t column, const char *format, ...)
{
    char what[sizeof((struct scenario_error *)NULL)->message];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (loader->message != NULL) {
        (void)snprintf(loader->message, loader->message_bytes, "%s:%u:%zu: %s", loader->path,
                       loader->line, column, what);
    }
    return -EINVAL;
}

/* Reads all of `fd` into *out_text, which the caller owns, with a NUL behind it. */
static int read_all(int fd, char **out_text, size_t *out_length)
{
    char *text = NULL;
    size_t length = 0;
    size_t room = 0;
    int status = 0;

    while (status == 0) {
        if (length + 1 >= room) { /* one byte stays for the NUL */
            char *larger = realloc(text, room = room * 2 + 4096);
            if (larger == NULL) {
                status = -ENOMEM;
                break;
            }
            text = larger;
        }
        ssize_t got = read(fd, text + length, room - length - 1);
        if (got == 0) {
            text[length] = '\0';
            *out_text = text;
            *out_length = length;
            return 0;
        }
        if (got > 0) {
            length += (size_t)got;
            status = length > FILE_BYTES_MAX ? -E2BIG : 0;
        } else if (errno != EINTR) {
            status = -errno;
        }
    }
    free(text);
    return status;
}

static int check_name(const struct loader *loader, const char *line, const char *name,
                      size_t length)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    if (length == 0) {
        return complain_at(loader, (size_t)(name - line) + 1, "no name before ':'");
    }
    if (length >= SCENARIO_NAME_BYTES) {
        return complain_at(loader, (size_t)(name - line) + 1, "name too long (allowed: %u bytes)",
                           SCENARIO_NAME_BYTES - 1);
    }
    if (strspn(name, allowed) < length) {
        return complain_at(loader, (size_t)(name - line) + strspn(name, allowed) + 1,
                           "bad character in the name (allowed: letters, digits, '-', '_', '.')");
    }
    for (size_t i = 0; i < loader->file->count; i++) {
        const struct scenario_line *other = &loader->file->lines[i];
        if (strlen(other->name) == length && memcmp(other->name, name, length) == 0) {
            return complain_at(loader, (size_t)(name - line) + 1,
                               "name '%s' is taken already by line %u", other->name, other->line);
        }
    }
    return 0;
}

static int add_line(struct loader *loader, const char *name, size_t name_length,
                    const struct scenario *scenario)
{
    struct scenario_file *file = loader->file;

    if ((file->count & (file->count - 1)) == 0) { /* full at each power of two */
        size_t room = file->count == 0 ? 1 : file->count * 2;
        struct scenario_line *larger = realloc(file->lines, room * sizeof *larger);
        if (larger == NULL) {
            return complain(loader, ENOMEM, strerror(ENOMEM));
        }
        file->lines = larger;
    }
    struct scenario_line *added = &file->lines[file->count++];
    memset(added, 0, sizeof *added);
    memcpy(added->name, name, name_length);
    added->line = loader->line;
    added->scenario = *scenario;
    return 0;
}

/* One line, NUL-terminated, without its newline. */
static int parse_line(struct loader *loader, const char *line)
{
    const char *name = line + strspn(line, " \t");
    const char *colon = strchr(name, ':');
    struct scenario scenario;
    struct scenario_error error;
    size_t length;
    int status;

    if (*name == '\0' || *name == '#') {
        return 0;
    }
    if (colon == NULL) {
        return complain_at(loader, (size_t)(name - line) + 1, "no ':' (want NAME: SCENARIO)");
    }
    length = (size_t)(colon - name);
    while (length > 0 && (name[length - 1] == ' ' || name[length - 1] == '\t')) {
        length--;
    }
    if (loader->file->count == SCENARIO_FILE_MAX) {
        return complain_at(loader, (size_t)(name - line) + 1, "too many scenarios (allowed: %u)",
                           SCENARIO_FILE_MAX);
    }
    status = check_name(loader, line, name, length);
    if (status != 0) {
        return status;
    }
    if (scenario_parse(colon + 1, &scenario, &error) != 0) {
        return complain_at(loader, (size_t)(colon + 1 - line) + error.column, "%s", error.message);
    }
    return add_line(loader, name, length, &scenario);
}

static int parse_text(struct loader *loader, char *text, size_t length)
{
    char *line = text;
    char *end = text + length;

    while (line < end) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        char *next = newline != NULL ? newline + 1 : end;
        char *stop = newline != NULL ? newline : end;
        if (stop > line && stop[-1] == '\r') {
            stop--;
        }
        *stop = '\0'; /* there is room: the text ends in a NUL of its own */
        loader->line++;
        if (strlen(line) != (size_t)(stop - line)) {
            return complain_at(loader, strlen(line) + 1, "a NUL byte");
        }
        int status = parse_line(loader, line);
        if (status != 0) {
            return status;
        }
        line = next;
    }
    return loader->file->count > 0 ? 0 : complain(loader, EINVAL, "no scenario in it");
}

int scenario_file_load(const char *path, struct scenario_file *out_file, char *message,
                       size_t message_bytes)
{
    struct scenario_file file = { NULL, 0 };
    struct loader loader = { path, &file, 0, message, message_bytes };
    char *text = NULL;
    size_t length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* A FIFO is refused, not waited for. */
    struct stat found;
    int status;

    if (fd < 0) {
        int error = errno;
        return complain(&loader, error, strerror(error));
    }
    bool is_pipe = fstat(fd, &found) == 0 && (S_ISFIFO(found.st_mode) || S_ISSOCK(found.st_mode));
    status = is_pipe ? -ESPIPE : read_all(fd, &text, &length);
    (void)close(fd); /* only read from */
    if (status != 0) {
        return complain(&loader, -status, strerror(-status));
    }
    status = parse_text(&loader, text, length);
    free(text);
    if (status != 0) {
        scenario_file_free(&file);
        return status;
    }
    *out_file = file;
    return 0;
}

void scenario_file_free(struct scenario_file *file)
{
    if (file != NULL) {
        free(file->lines);
        *file = (struct scenario_file){ NULL, 0 };
    }
}
