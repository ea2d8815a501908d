/* SPDX-License-Identifier: MIT
 *
 * debt_alone.c -- a program that includes curfew/debt.h and links nothing of Curfew.  It is plain
 * C11 and C++17 alike; check_debt_alone.py compiles it strictly with each compiler, and reads the
 * ledger after it has run.
 */
#include <curfew/debt.h>

int main(void)
{
    curfew_debt_owe("settled", 1);
    curfew_debt_settle("settled", 1);
    curfew_debt_owe("owing", 2);
    curfew_debt_settle("twice", 3);
    curfew_debt_owe_thread("thread", 4);
    curfew_debt_note("thread", 4, CURFEW_DEBT_RUNNING);
    return 0;
}
