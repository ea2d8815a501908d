/* SPDX-License-Identifier: MIT
 *
 * A call that is not modelled blocks while its thread has the turn, when BAD.
 */
#include "common.h"

#include <signal.h>

static void *worker(void *unused)
{
#ifdef BAD
    (void)pause();
#endif
    return unused;
}

int main(void)
{
    thread_join(thread_start(worker, NULL));
    return 0;
}
