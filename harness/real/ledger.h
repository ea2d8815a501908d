/* SPDX-License-Identifier: MIT
 *
 * ledger.h -- the driver's side of curfew/debt.h: the shared memory that a program writes its debts
 * to.
 */
#ifndef CURFEW_REAL_LEDGER_H
#define CURFEW_REAL_LEDGER_H

#include <stdbool.h>
#include <stdio.h>

#include "../verdict.h"
#include "curfew/debt.h"

/* Makes an empty ledger.
 *   Owns:    the caller owns both: *out_ledger until ledger_free, *out_fd until close.
 *   Errors:  -EMFILE, -ENFILE, -ENOMEM. */
int ledger_new(struct curfew_debt_ledger **out_ledger, int *out_fd);
void ledger_free(struct curfew_debt_ledger *ledger); /* NULL is fine */

/* Writes a debt's name as all texts have it: 'name' or 'name' #number.  A worker always has its
 * number; of a plain debt, 0 is none. */
#define LEDGER_NAME_BYTES (CURFEW_DEBT_NAME_BYTES + 32u)
void ledger_name(const struct curfew_debt_entry *entry, char name[LEDGER_NAME_BYTES]);

/* How often a debt is unsettled (0: it is not). */
uint32_t ledger_open_debts(const struct curfew_debt_entry *entry);

bool ledger_attached(const struct curfew_debt_ledger *ledger);
bool ledger_settled(const struct curfew_debt_ledger *ledger);

/* Earns a verdict, with a line of why, for each debt that is not as it should be.
 *   by_itself:  the program ended by itself: what is unsettled counts. */
typedef void ledger_earn_fn(void *context, enum verdict verdict, const char *name,
                            const char *text);
void ledger_judge(const struct curfew_debt_ledger *ledger, bool by_itself, ledger_earn_fn *earn,
                  void *context);

/* How far each came, in an order that depends on nothing else: threads by name and state, counted,
 * the plain debts that are open or were settled twice, and of those that are numbered about how
 * many were settled, as a power of two.  Digits in names are '#': "cleanup slow-# open, 8+ job
 * pool-# settled, 1 poll-# home, 2 slow-# cleaning".
 *   Owns:    the caller owns it; NULL: no memory. */
char *ledger_ends(const struct curfew_debt_ledger *ledger);

/* Makes a ledger as new.  Nobody may write to it meanwhile. */
void ledger_reset(struct curfew_debt_ledger *ledger);

/* Writes a line for each debt that is unsettled: whose, how far it is, on which thread. */
void ledger_print_open(const struct curfew_debt_ledger *ledger, FILE *file);

#endif
