/* SPDX-License-Identifier: MIT
 *
 * signals_own_loop.c -- INT and TERM while main is in a loop of its own, on its own descriptors.
 *
 * curfew_poll adds the stop to the loop; the stop wins over ready descriptors, so a busy one cannot
 * keep main from it.  (A loop of epoll or of a library takes curfew_stop_fd instead.)
 */
#include <curfew/curfew.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int feed(struct curfew_worker *self, void *context)
{
    struct curfew_stop *stop = curfew_worker_get_stop(self);
    const int *fd = context;
    ssize_t size;

    do {
        size = curfew_write(*fd, "tick\n", 5, stop, CURFEW_NO_DEADLINE);
    } while (size > 0);
    return size == -ECANCELED ? 0 : (int)size;
}

int main(void)
{
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_group *group;
    int fds[2];
    int status;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (curfew_signals_early(NULL) != 0 || curfew_group_new(&stop, 1, &group) != 0 ||
        curfew_signals_bind(&stop) != 0 || pipe(fds) != 0 ||
        curfew_group_spawn(group, "feeder", feed, &fds[1], 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    puts("ready");
    struct pollfd pollfd = { .fd = fds[0], .events = POLLIN };
    while ((status = curfew_poll(&pollfd, 1, &stop, CURFEW_NO_DEADLINE)) > 0) {
        char data[4096];
        (void)read(fds[0], data, sizeof(data)); /* ready, so it does not block */
    }
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    printf("left the loop: %s\n", status == -ECANCELED ? "asked to stop" : "error");
    curfew_group_free(group);
    return status == -ECANCELED ? EXIT_SUCCESS : EXIT_FAILURE;
}
