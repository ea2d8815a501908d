/* SPDX-License-Identifier: MIT
 *
 * put.h -- the program under test inside a target: its variables and constructors begin anew with
 * each execution.
 */
#ifndef CURFEW_FUZZ_PUT_H
#define CURFEW_FUZZ_PUT_H

/* Keeps a copy of its variables as they are before the first execution. */
void put_keep(void);
void put_restore(void);
/* Runs its constructors, as part of an execution. */
void put_construct(void);
/* Lets go of the ledger that a constructor has mapped. */
void put_detach(void);

#endif
