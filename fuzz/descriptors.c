/* SPDX-License-Identifier: MIT
 *
 * descriptors.c -- closes what lies between the descriptors that were open before.
 */
#include "descriptors.h"

#include <dirent.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <unistd.h>

#define OWN 900u /* from here on they are not the program's */
#define GAPS_MAX 64u

static struct gap {
    unsigned first;
    unsigned last;
} gaps[GAPS_MAX];
static unsigned gaps_count;

void descriptors_keep(void)
{
    static unsigned char open_now[OWN];
    DIR *directory = opendir("/proc/self/fd");
    struct dirent *entry;
    if (directory == NULL) {
        return; /* then they are not closed */
    }
    while ((entry = readdir(directory)) != NULL) {
        unsigned long fd = strtoul(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && fd < OWN && (int)fd != dirfd(directory)) {
            open_now[fd] = 1;
        }
    }
    (void)closedir(directory);
    for (unsigned fd = 0; fd < OWN && gaps_count < GAPS_MAX; fd++) {
        if (open_now[fd] == 0 && (fd == 0 || open_now[fd - 1] != 0)) {
            gaps[gaps_count++].first = fd;
        }
        if (open_now[fd] == 0) {
            gaps[gaps_count - 1].last = fd;
        }
    }
}

void descriptors_restore(void)
{
    for (unsigned at = 0; at < gaps_count; at++) {
        (void)close_range(gaps[at].first, gaps[at].last, 0);
    }
}
