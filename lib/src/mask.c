/* SPDX-License-Identifier: MIT
 *
 * mask.c -- blocks signals around the creation of threads: a mask set inside the new thread would
 * leave a window in which it takes signals that belong to main.
 */
#include "mask.h"

#include <pthread.h>

#include "check.h"

void curfew__mask_block(sigset_t *out_old)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };
    sigset_t all;
    (void)sigfillset(&all); /* Cannot fail. */
    for (unsigned index = 0; index < sizeof(faults) / sizeof(faults[0]); index++) {
        (void)sigdelset(&all, faults[index]); /* Cannot fail for valid numbers. */
    }
    int status = pthread_sigmask(SIG_SETMASK, &all, out_old);
    CURFEW_ASSERT(status == 0);
}

void curfew__mask_restore(const sigset_t *old)
{
    int status = pthread_sigmask(SIG_SETMASK, old, NULL);
    CURFEW_ASSERT(status == 0);
}
