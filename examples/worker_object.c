/* SPDX-License-Identifier: MIT
 *
 * worker_object.c -- a worker "class": a struct that holds the state of one worker, with its
 * methods.
 *
 * The object is the worker's context.  The group borrows it until the worker is home, so objects in
 * main's frame are fine as long as main joins.  All objects share one stop: that of their group.
 */
#include <curfew/curfew.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct sampler {
    const char *name;
    uint64_t period_ns;
    unsigned samples; /* written by the worker; main reads it after the join */
    bool closed;      /* the same */
};

static void sampler_close(void *context)
{
    struct sampler *self = context;
    self->closed = true;
}

static int sampler_run(struct curfew_worker *worker, void *context)
{
    struct sampler *self = context;
    int status = curfew_worker_defer(worker, sampler_close, self);
    if (status != 0) {
        return status;
    }
    do {
        self->samples++;
        status = curfew_stop_wait(curfew_worker_get_stop(worker),
                                  curfew_deadline_after(self->period_ns));
    } while (status == -ETIMEDOUT);
    return status;
}

static int sampler_start(struct sampler *self, struct curfew_group *group)
{
    return curfew_group_spawn(group, self->name, sampler_run, self, 0, NULL);
}

int main(void)
{
    struct sampler samplers[] = { { "fast", 1000000, 0, false },
                                  { "slow", 10000000000, 0, false } };
    struct curfew_group *group;

    if (curfew_group_new(NULL, 1, &group) != 0) {
        return EXIT_FAILURE;
    }
    bool started =
        sampler_start(&samplers[0], group) == 0 && sampler_start(&samplers[1], group) == 0;
    (void)curfew_group_stop(group, CURFEW_REASON_REQUEST);
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        struct sampler *s = &samplers[i];
        printf("%s: %s, %s\n", s->name, s->samples > 0 ? "sampled" : "idle",
               s->closed ? "closed" : "open");
    }
    curfew_group_free(group);
    return started ? EXIT_SUCCESS : EXIT_FAILURE;
}
