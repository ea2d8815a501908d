/* SPDX-License-Identifier: MIT
 *
 * point.h -- sites (where a program makes a system call) and points (where a signal is delivered).
 *
 * A site is known by what repeats from run to run: the thread's path, the call's number, the return
 * address as module and offset, and which occurrence of these it is.  A counter of system calls
 * would not do: of its positions only 63-90 % are the same call in the next run.
 */
#ifndef CURFEW_PROBE_POINT_H
#define CURFEW_PROBE_POINT_H

#include <stdbool.h>
#include <stdint.h>

#define PATH_BYTES 24   /* "m", "m.1", "m.1.2": the second task that the first task of main made */
#define MODULE_BYTES 40 /* base name of the mapped file */

struct site {
    char path[PATH_BYTES];
    char module[MODULE_BYTES];
    uint64_t offset; /* of the return address in the module's file */
    int32_t nr;      /* of the system call */
};

/* What an enumerating run saw of one site with one predecessor. */
struct sighting {
    struct site site;
    uint64_t key;     /* of the site and the call before it */
    int32_t previous; /* the thread's call before it; -1 for its first */
    uint32_t first;   /* occurrence of the site, counted from 1 without regard to the predecessor */
    uint32_t last;
    uint32_t count;
    uint32_t first_call; /* of the whole program, for the order of startup */
    bool startup;        /* first seen before the program was ready */
    bool steady;         /* last seen after it was */
};

enum mode { MODE_BEFORE, MODE_ENTRY, MODE_EXIT, MODE_TIME, MODE_COUNT };
extern const char *const mode_names[MODE_COUNT + 1];

enum target { TARGET_AUTO, TARGET_MAIN, TARGET_PROCESS, TARGET_GROUP, TARGET_THREAD, TARGET_COUNT };
extern const char *const target_names[TARGET_COUNT + 1];

struct point {
    enum mode mode;
    enum target target;
    int signo;
    int second;            /* signal number; 0 for none */
    uint32_t second_after; /* system calls after the first signal */
    struct site site;      /* all modes but MODE_TIME */
    uint32_t occurrence;
    uint32_t micros; /* MODE_TIME: after the start; UINT32_MAX once it is ready and quiet */
    bool startup;    /* the baseline passed it before it was ready */
};

#define POINT_WHEN_QUIET UINT32_MAX

/* Names of system calls.  Out of the kernel's headers, by number; "#451" when unknown. */
const char *syscall_name(long nr);
long syscall_number(const char *name); /* -1 if there is none */

/* "before accept4 #1 of m at libc.so.6+0x1234", into a static buffer. */
const char *point_text(const struct point *point);

/* One "key=value" per attribute: calls add for each.  And back: returns false for an unknown key.
 */
void point_write(const struct point *point, void (*add)(void *context, const char *text),
                 void *context);
bool point_read(struct point *point, const char *text);

/* The index of a word in a NULL-terminated list of names; -1 if it is not there. */
int name_index(const char *const *names, const char *word);

#endif
