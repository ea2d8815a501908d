/* SPDX-License-Identifier: MIT
 *
 * put.h -- the program under test inside a target: its variables and constructors begin anew with
 * each execution.
 */
#ifndef CURFEW_FUZZ_PUT_H
#define CURFEW_FUZZ_PUT_H

#include "curfew/debt.h"

/* Keeps a copy of its variables as they are before the first execution. */
void put_keep(void);
void put_restore(void);
/* Runs its constructors, as part of an execution. */
void put_construct(void);
/* What the program maps of this descriptor is this memory, which stays: no page of it is made anew
 * for each execution.  put_detach lets go of it. */
void put_ledger(struct curfew_debt_ledger *ledger, int fd);
void put_detach(void);

#endif
