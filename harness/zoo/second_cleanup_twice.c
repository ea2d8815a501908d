/* SPDX-License-Identifier: MIT
 *
 * second_cleanup_twice.c -- class 7, second stop: earns `crash`, signals: none.
 * Report: charm#163, OpcUaStack#74.  Two ways out of the program meet in the same cleanup, whose
 * "already done" is looked at and set in two steps: double free.  Good: an exchange decides.
 */
#include "zoo.h"

#define SESSION_BYTES (1u << 20) /* a mapping of its own, which the first free gives back */

static atomic_bool cleaned;
static char *session;

static void cleanup(void)
{
#ifdef BAD
    if (cleaned) {
        return;
    }
    cleaned = true;
#else
    if (atomic_exchange(&cleaned, true)) {
        return;
    }
#endif
    free(session);
}

static void *on_disconnect(void *unused)
{
    cleanup();
    return unused;
}

int main(void)
{
    session = malloc(SESSION_BYTES);
    MUST(session != NULL);
    pthread_t thread = thread_start(on_disconnect, NULL);
    cleanup();
    thread_join(thread);
    return 0;
}
