/* SPDX-License-Identifier: MIT
 *
 * points.c -- chooses where to deliver the signal.
 *
 * Programs make many calls at few sites: first come the first occurrences of each site with each
 * predecessor, then the last ones, then others by the seed.  The options have been checked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "util.h"

#define TIMED_POINTS 20

struct chooser {
    struct campaign *campaign;
    size_t capacity;
    uint64_t random;
    int second;
    uint32_t second_from, second_to;
    bool modes[MODE_COUNT];
    enum target target;
    bool startup, steady;
};

static void add(struct chooser *chooser, const struct point *point, uint32_t order)
{
    struct campaign *campaign = chooser->campaign;
    for (size_t i = 0; i < campaign->signals_count; i++) {
        struct candidate candidate = { .point = *point, .order = order };
        candidate.point.signo = campaign->signals[i];
        candidate.point.target = chooser->target;
        if (chooser->second) {
            uint64_t span = chooser->second_to - chooser->second_from + 1;
            candidate.point.second = chooser->second;
            candidate.point.second_after =
                chooser->second_from + (uint32_t)(random_next(&chooser->random) % span);
        }
        if (campaign->candidates_count == chooser->capacity) {
            chooser->capacity = chooser->capacity ? 2 * chooser->capacity : 256;
            campaign->candidates =
                xrealloc(campaign->candidates, chooser->capacity * sizeof *campaign->candidates);
        }
        campaign->candidates[campaign->candidates_count++] = candidate;
    }
}

static void add_site(struct chooser *chooser, const struct sighting *sighting, uint32_t occurrence,
                     bool startup)
{
    if (startup ? !chooser->startup : !chooser->steady) {
        return;
    }
    for (int mode = MODE_BEFORE; mode <= MODE_EXIT; mode++) {
        if (chooser->modes[mode]) {
            struct point point = { .mode = (enum mode)mode,
                                   .site = sighting->site,
                                   .occurrence = occurrence,
                                   .startup = startup };
            add(chooser, &point, sighting->first_call);
        }
    }
}

/* Brings all but the first `keep` of a range of candidates out of the list, by the seed. */
static void thin_out(struct chooser *chooser, size_t from, size_t keep)
{
    struct campaign *campaign = chooser->campaign;
    struct candidate *range = campaign->candidates + from;
    size_t count = campaign->candidates_count - from;
    for (size_t i = 0; i < keep && i < count; i++) {
        size_t other = i + (size_t)(random_next(&chooser->random) % (count - i));
        struct candidate swapped = range[i];
        range[i] = range[other];
        range[other] = swapped;
    }
    if (count > keep) {
        campaign->candidates_count = from + keep;
    }
}

static void add_timed(struct chooser *chooser)
{
    struct campaign *campaign = chooser->campaign;
    uint64_t span = campaign->expectation.ready_ns / 1000u * 5 / 4 + 2;
    struct point quiet = { .mode = MODE_TIME, .micros = POINT_WHEN_QUIET };
    if (chooser->steady && !campaign->expectation.ends_itself) {
        add(chooser, &quiet, UINT32_MAX);
    }
    long count = campaign->options->untraced ? campaign->options->points - 1
                 : chooser->modes[MODE_TIME] ? TIMED_POINTS
                                             : 0;
    for (long i = 0; i < count; i++) {
        struct point point = { .mode = MODE_TIME };
        point.micros = (uint32_t)(random_next(&chooser->random) % span);
        point.startup = true;
        add(chooser, &point, 0);
    }
}

static int by_order(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void read_words(struct chooser *chooser)
{
    const struct probe_options *options = chooser->campaign->options;
    struct second second = { 0 };
    for (size_t i = 0; i < options->at.count; i++) {
        chooser->modes[name_index(mode_names, options->at.item[i])] = true;
    }
    if (options->second) {
        (void)second_read(&second, options->second);
    }
    chooser->second = second.signo;
    chooser->second_from = second.from;
    chooser->second_to = second.to;
    chooser->target = (enum target)name_index(target_names, options->target);
    chooser->startup = strcmp(options->phase, "steady") != 0;
    chooser->steady = strcmp(options->phase, "startup") != 0;
}

void points_choose(struct campaign *campaign)
{
    struct chooser chooser = { .campaign = campaign, .random = (uint64_t)campaign->options->seed };
    size_t limit = (size_t)campaign->options->points;
    read_words(&chooser);
    add_timed(&chooser);
    size_t timed = campaign->candidates_count;
    for (size_t i = 0; i < campaign->sightings_count; i++) {
        const struct sighting *sighting = &campaign->sightings[i];
        add_site(&chooser, sighting, sighting->first, sighting->startup);
    }
    thin_out(&chooser, timed, limit > timed ? limit - timed : 0);
    size_t firsts = campaign->candidates_count;
    for (size_t i = 0; firsts < limit && i < campaign->sightings_count; i++) {
        const struct sighting *sighting = &campaign->sightings[i];
        if (sighting->last > sighting->first) {
            add_site(&chooser, sighting, sighting->last, !sighting->steady);
        }
    }
    thin_out(&chooser, firsts, limit - (firsts < limit ? firsts : limit));
    size_t lasts = campaign->candidates_count;
    for (size_t i = 0; lasts < limit && i < campaign->sightings_count; i++) {
        const struct sighting *sighting = &campaign->sightings[i];
        if (sighting->last > sighting->first + 1) {
            uint32_t span = sighting->last - sighting->first - 1;
            uint32_t middle = sighting->first + 1 + (uint32_t)(random_next(&chooser.random) % span);
            add_site(&chooser, sighting, middle, sighting->startup);
        }
    }
    thin_out(&chooser, lasts, limit - (lasts < limit ? lasts : limit));
    qsort(campaign->candidates, campaign->candidates_count, sizeof *campaign->candidates, by_order);
}
