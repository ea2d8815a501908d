/* SPDX-License-Identifier: MIT
 *
 * mask.h -- the signal mask that new threads start with.
 */
#ifndef CURFEW_SRC_MASK_H
#define CURFEW_SRC_MASK_H

#include <signal.h>

/* Blocks all signals in the calling thread, but for the synchronous faults: a thread that blocks
 * those is killed past the program's own handlers.  The mask before goes to *out_old. */
void curfew__mask_block(sigset_t *out_old);
void curfew__mask_restore(const sigset_t *old);

#endif
