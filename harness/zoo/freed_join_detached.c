/* SPDX-License-Identifier: MIT
 *
 * freed_join_detached.c -- class 10, state freed under a live thread: earns `misuse`, signals:
 * none.
 * Report: sems#497.  The thread detaches itself, and the new, tidier shutdown joins it.  Good: it
 * stays joinable.
 */
#include "zoo.h"

static void *session(void *unused)
{
#ifdef BAD
    OK(pthread_detach(pthread_self()));
#endif
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(session, NULL);
    (void)pthread_join(thread, NULL);
    return 0;
}
