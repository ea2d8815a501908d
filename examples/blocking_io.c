/* SPDX-License-Identifier: MIT
 *
 * blocking_io.c -- a worker that is blocked in read, where no flag can reach it.
 *
 * curfew_read waits for the descriptor and for the stop at once.  There is no need to close the
 * descriptor under the reader, to send a signal to its thread, or to poll with a short timeout.
 */
#include <curfew/curfew.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int read_all(struct curfew_worker *self, void *context)
{
    struct curfew_stop *stop = curfew_worker_get_stop(self);
    const int *fd = context;
    char data[64];
    ssize_t size;

    while ((size = curfew_read(*fd, data, sizeof(data), stop, CURFEW_NO_DEADLINE)) > 0) {
        printf("read %zd bytes\n", size);
    }
    puts(size == 0 ? "end of file" : size == -ECANCELED ? "interrupted" : "failed");
    return size == 0 || size == -ECANCELED ? 0 : (int)size;
}

int main(void)
{
    static struct curfew_stop stop = CURFEW_STOP_INIT;
    struct curfew_group *group;
    int pipe_fds[2];

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (curfew_signals_early(NULL) != 0 || curfew_group_new(&stop, 1, &group) != 0 ||
        curfew_signals_bind(&stop) != 0 || pipe(pipe_fds) != 0 ||
        write(pipe_fds[1], "hello", 5) != 5 ||
        curfew_group_spawn(group, "reader", read_all, &pipe_fds[0], 0, NULL) != 0) {
        return EXIT_FAILURE;
    }
    (void)curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL);
    bool failed = curfew_group_failure(group, NULL);
    curfew_group_free(group);
    return failed ? EXIT_FAILURE
                  : curfew_signals_exit_status(curfew_stop_reason(&stop), CURFEW_EXIT_ZERO);
}
