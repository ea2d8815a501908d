/* SPDX-License-Identifier: MIT
 *
 * shared_event.c -- several workers wait on one event, and each in another way.
 *
 * A stop may be polled, slept on, waited for with a condition variable, and put into poll(2), all
 * at once and by any number of threads: one request reaches all of them.
 */
#include <curfew/curfew.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static struct curfew_stop event = CURFEW_STOP_INIT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER; /* never: nobody changes anything */

static int sleep_on_it(struct curfew_worker *self, void *context)
{
    (void)self;
    (void)context;
    return curfew_stop_wait(&event, CURFEW_NO_DEADLINE);
}

static int wait_with_cond(struct curfew_worker *self, void *context)
{
    int status;

    (void)self;
    (void)context;
    (void)pthread_mutex_lock(&mutex);
    do {
        status = curfew_cond_wait(&changed, &mutex, &event, CURFEW_NO_DEADLINE);
    } while (status == 0);
    (void)pthread_mutex_unlock(&mutex);
    return status == -ECANCELED ? 0 : status;
}

static int poll_its_fd(struct curfew_worker *self, void *context)
{
    struct pollfd pollfd = { .fd = curfew_stop_fd(&event), .events = POLLIN };

    (void)self;
    (void)context;
    return pollfd.fd >= 0 && poll(&pollfd, 1, -1) == 1 ? 0 : -1;
}

int main(void)
{
    struct curfew_group *group;

    if (curfew_group_new(NULL, 1, &group) != 0) {
        return EXIT_FAILURE;
    }
    bool started = curfew_group_spawn(group, "sleeper", sleep_on_it, NULL, 0, NULL) == 0 &&
                   curfew_group_spawn(group, "waiter", wait_with_cond, NULL, 0, NULL) == 0 &&
                   curfew_group_spawn(group, "poller", poll_its_fd, NULL, 0, NULL) == 0;
    (void)curfew_stop_request(&event, CURFEW_REASON_USER);
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    bool saw_it = started && !curfew_group_failure(group, NULL);
    puts(saw_it ? "all three saw it" : "somebody failed");
    curfew_group_free(group);
    curfew_stop_fini(&event);
    return saw_it ? EXIT_SUCCESS : EXIT_FAILURE;
}
