/* SPDX-License-Identifier: MIT
 *
 * A thread joins itself when BAD: misuse.
 */
#include "common.h"

static void *worker(void *unused)
{
#ifdef BAD
    (void)pthread_join(pthread_self(), NULL);
#endif
    return unused;
}

int main(void)
{
    thread_join(thread_start(worker, NULL));
    return 0;
}
