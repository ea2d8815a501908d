/* SPDX-License-Identifier: MIT
 *
 * sites.h -- from an address in a process to a site that repeats, and the list of sites seen.
 */
#ifndef CURFEW_PROBE_SITES_H
#define CURFEW_PROBE_SITES_H

#include <stdint.h>
#include <sys/types.h>

#include "point.h"

/* Remembers what addresses mean: /proc/PID/maps is read once per address and image. */
struct places;

struct places *places_new(void);
void places_free(struct places *places);

/* Fills in module and offset of a site.
 *   image:  a number that is another one after each execve. */
void places_resolve(struct places *places, pid_t pid, uint32_t image, uint64_t address,
                    struct site *out_site);

/* Notes one system call in the list of an enumerating run.
 *   Returns the occurrence of the site, counted from 1. */
struct sightings {
    struct sighting *item; /* lent by the driver */
    uint32_t count;
    bool full;
    uint32_t *index;         /* hash table of positions in item, plus 1 */
    struct occurrence *seen; /* hash table of how often each site was seen */
};

void sightings_init(struct sightings *sightings, struct sighting *items);
void sightings_fini(struct sightings *sightings);
void sightings_note(struct sightings *sightings, const struct site *site, int32_t previous,
                    uint64_t call, bool startup);

uint64_t site_hash(const struct site *site);

#endif
