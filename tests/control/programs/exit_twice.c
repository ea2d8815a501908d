/* SPDX-License-Identifier: MIT
 *
 * Two threads call exit: one runs the handler that saves, and meanwhile the other the handler
 * behind it, and ends the process, when BAD.  Only one calls it otherwise.
 */
#include "common.h"

#include <stdatomic.h>

static atomic_bool saved;

static void check(void)
{
    if (!atomic_load(&saved)) {
        abort();
    }
}

static void save(void)
{
    OK(usleep(10));
    atomic_store(&saved, true);
}

static void *worker(void *unused)
{
#ifdef BAD
    exit(0);
#endif
    return unused;
}

int main(void)
{
    OK(atexit(check));
    OK(atexit(save));
    pthread_t thread = thread_start(worker, NULL);
#ifdef BAD
    OK(pthread_detach(thread));
#else
    thread_join(thread);
#endif
    exit(0);
}
