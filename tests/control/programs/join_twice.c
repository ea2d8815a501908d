/* SPDX-License-Identifier: MIT
 *
 * A thread is joined twice when BAD.
 */
#include "common.h"

static void *worker(void *unused)
{
    return unused;
}

int main(void)
{
    pthread_t thread = thread_start(worker, NULL);
    thread_join(thread);
#ifdef BAD
    (void)pthread_join(thread, NULL);
#endif
    return 0;
}
