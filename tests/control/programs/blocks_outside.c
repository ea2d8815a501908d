/* SPDX-License-Identifier: MIT
 *
 * A call that is not modelled blocks while its thread has the turn, when BAD.
 */
#include "common.h"

#include <fcntl.h>
#include <sys/mman.h>

static void *worker(void *unused)
{
#ifdef BAD
    struct flock whole = { .l_type = F_WRLCK };
    char path[64];
    int one = memfd_create("lock", 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", one);
    int other = open(path, O_RDWR);
    OK(fcntl(one, F_OFD_SETLK, &whole));
    (void)fcntl(other, F_OFD_SETLKW, &whole);
#endif
    return unused;
}

int main(void)
{
    thread_join(thread_start(worker, NULL));
    return 0;
}
