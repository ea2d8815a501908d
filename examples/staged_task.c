/* SPDX-License-Identifier: MIT
 *
 * staged_task.c -- a task without a loop: it checks for the stop between its stages.
 *
 * A stage is finished once begun, so that its result is whole; what has not begun is left out and
 * reported.  The two semaphores only make the example stop at the same place each time.
 */
#include <curfew/curfew.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static sem_t unpacking;
static sem_t asked;

static void simple_stage(void)
{
}

static void unpack(void)
{
    (void)sem_post(&unpacking); /* main asks for the stop now, in the middle of this stage */
    while (sem_wait(&asked) != 0) {
    }
}

static int run_stages(struct curfew_worker *self, void *context)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } stages[] = { { "fetch", simple_stage }, { "unpack", unpack }, { "install", simple_stage } };

    (void)context;
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        bool stopping = curfew_worker_stopping(self);
        printf("%s: %s\n", stages[i].name, stopping ? "left out" : "begun");
        if (!stopping) {
            stages[i].run();
        }
    }
    return 0;
}

int main(void)
{
    struct curfew_group *group;

    if (sem_init(&unpacking, 0, 0) != 0 || sem_init(&asked, 0, 0) != 0 ||
        curfew_group_new(NULL, 1, &group) != 0 ||
        curfew_group_spawn(group, "stages", run_stages, NULL, 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    while (sem_wait(&unpacking) != 0) {
    }
    (void)curfew_group_stop(group, CURFEW_REASON_REQUEST);
    (void)sem_post(&asked);
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    curfew_group_free(group);
    return EXIT_SUCCESS;
}
