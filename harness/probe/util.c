/* SPDX-License-Identifier: MIT
 *
 * util.c -- small helpers of the probe.
 */
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void *have(void *memory)
{
    if (!memory) {
        (void)fputs("curfew: out of memory\n", stderr);
        exit(3);
    }
    return memory;
}

void *xrealloc(void *old, size_t bytes)
{
    return have(realloc(old, bytes));
}

void *xcalloc(size_t count, size_t bytes)
{
    return have(calloc(count, bytes));
}

char *xstrdup(const char *text)
{
    return have(strdup(text));
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    return have(text);
}

uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

long read_text(const char *path, char *out_text, size_t bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    out_text[0] = '\0';
    if (fd < 0) {
        return -1;
    }
    while (length < bytes - 1) {
        ssize_t got = read(fd, out_text + length, bytes - 1 - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
    }
    (void)close(fd);
    out_text[length] = '\0';
    return (long)length;
}

int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    ssize_t written = write(fd, text, strlen(text));
    int result = written < 0 ? -errno : 0;
    (void)close(fd);
    return result;
}

void append(char *text, size_t bytes, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + length, bytes - length, format, arguments);
    va_end(arguments);
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ byte[i]) * 0x100000001b3u;
    }
    return hash;
}

uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
