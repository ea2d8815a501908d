/* SPDX-License-Identifier: MIT
 *
 * leftover_pid_file.c -- class 18, left-overs and orphans: earns `leftover`, signals: none.
 * Report: janus#819, rmilter#25.  A worker that fails ends the program by a way out that does not
 * know of the pid file. Good: one way out for all.
 */
#include <fcntl.h>

#include "zoo.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool removed; /* guarded by mutex */

static void leave(void)
{
    lock(&mutex);
    if (!removed) {
        removed = true;
        OK(unlink("daemon.pid"));
    }
    unlock(&mutex);
}

static void *worker(void *unused)
{
#ifndef BAD
    leave();
#endif
    return unused;
}

int main(void)
{
    int fd = open("daemon.pid", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    OK(close(fd));
    pthread_t thread = thread_start(worker, NULL);
    thread_join(thread);
#ifdef BAD
    _exit(0);
#endif
    leave();
    return 0;
}
