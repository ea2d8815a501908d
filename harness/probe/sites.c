/* SPDX-License-Identifier: MIT
 *
 * sites.c -- names of addresses, and the list of sites that an enumerating run makes.
 */
#include "sites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define PLACES_SIZE 16384u /* a power of two; programs have a few hundred distinct addresses */
#define INDEX_SIZE (4u * SIGHTINGS_INDEX_BASE)
#define SIGHTINGS_INDEX_BASE 8192u

struct place {
    uint64_t address;
    uint32_t image;
    bool used;
    char module[MODULE_BYTES];
    uint64_t offset;
};

struct places {
    struct place table[PLACES_SIZE];
};

struct occurrence {
    uint64_t hash;
    uint32_t count;
};

struct places *places_new(void)
{
    return xcalloc(1, sizeof(struct places));
}

void places_free(struct places *places)
{
    free(places);
}

static void look_up(pid_t pid, struct place *place)
{
    char path[64];
    char line[4608];
    (void)snprintf(path, sizeof path, "/proc/%d/maps", pid);
    (void)snprintf(place->module, sizeof place->module, "?");
    place->offset = 0;
    FILE *maps = fopen(path, "re");
    if (!maps) {
        return;
    }
    while (fgets(line, sizeof line, maps)) {
        uint64_t from, to, offset;
        int name_at = 0;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n", &from, &to, &offset,
                   &name_at) < 3 ||
            place->address < from || place->address >= to) {
            continue;
        }
        char *name = line + name_at;
        name[strcspn(name, "\n")] = '\0';
        char *slash = strrchr(name, '/');
        (void)snprintf(place->module, sizeof place->module, "%.39s",
                       slash   ? slash + 1
                       : *name ? name
                               : "[anonymous]");
        /* An anonymous mapping (just-in-time code) has no place that repeats but its own. */
        place->offset = *name ? place->address - from + offset : 0;
        break;
    }
    (void)fclose(maps);
}

void places_resolve(struct places *places, pid_t pid, uint32_t image, uint64_t address,
                    struct site *out_site)
{
    uint64_t start = hash_bytes(HASH_START ^ image, &address, sizeof address);
    struct place *place = NULL;
    for (uint32_t i = 0; i < PLACES_SIZE; i++) {
        place = &places->table[(start + i) % PLACES_SIZE];
        if (!place->used || (place->address == address && place->image == image)) {
            break;
        }
    }
    if (!place->used || place->address != address || place->image != image) {
        *place = (struct place){ .address = address, .image = image, .used = true };
        look_up(pid, place);
    }
    memcpy(out_site->module, place->module, sizeof out_site->module);
    out_site->offset = place->offset;
}

uint64_t site_hash(const struct site *site)
{
    uint64_t hash = hash_bytes(HASH_START, site->path, strlen(site->path));
    hash = hash_bytes(hash, site->module, strlen(site->module));
    hash = hash_bytes(hash, &site->offset, sizeof site->offset);
    return hash_bytes(hash, &site->nr, sizeof site->nr);
}

void sightings_init(struct sightings *sightings, struct sighting *items)
{
    *sightings = (struct sightings){ .item = items };
    sightings->index = xcalloc(INDEX_SIZE, sizeof *sightings->index);
    sightings->seen = xcalloc(INDEX_SIZE, sizeof *sightings->seen);
}

void sightings_fini(struct sightings *sightings)
{
    free(sightings->index);
    free(sightings->seen);
}

static uint32_t next_occurrence(struct sightings *sightings, uint64_t hash)
{
    for (uint32_t i = 0; i < INDEX_SIZE; i++) {
        struct occurrence *seen = &sightings->seen[(hash + i) % INDEX_SIZE];
        if (seen->count == 0 || seen->hash == hash) {
            seen->hash = hash;
            return ++seen->count;
        }
    }
    sightings->full = true;
    return 0;
}

static struct sighting *find_or_add(struct sightings *sightings, uint64_t key)
{
    for (uint32_t i = 0; i < INDEX_SIZE; i++) {
        uint32_t *position = &sightings->index[(key + i) % INDEX_SIZE];
        if (*position && sightings->item[*position - 1].key == key) {
            return &sightings->item[*position - 1];
        }
        if (*position == 0) {
            if (sightings->count == SIGHTINGS_INDEX_BASE) {
                break;
            }
            *position = ++sightings->count;
            struct sighting *sighting = &sightings->item[*position - 1];
            *sighting = (struct sighting){ .key = key };
            return sighting;
        }
    }
    sightings->full = true;
    return NULL;
}

void sightings_note(struct sightings *sightings, const struct site *site, int32_t previous,
                    uint64_t call, bool startup)
{
    uint64_t hash = site_hash(site);
    uint32_t occurrence = next_occurrence(sightings, hash);
    struct sighting *sighting =
        occurrence ? find_or_add(sightings, hash_bytes(hash, &previous, sizeof previous)) : NULL;
    if (!sighting) {
        return;
    }
    if (sighting->count++ == 0) {
        sighting->site = *site;
        sighting->previous = previous;
        sighting->first = occurrence;
        sighting->first_call = (uint32_t)call;
        sighting->startup = startup;
    }
    sighting->last = occurrence;
    sighting->steady = !startup;
}
