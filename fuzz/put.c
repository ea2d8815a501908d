/* SPDX-License-Identifier: MIT
 *
 * put.c -- the program's variables lie in sections of their own (put.sh), so that they can be
 * copied back.
 */
#include "put.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "curfew/debt.h"

typedef void constructor(int argc, char **argv, char **environment);

#define SECTION(name, type)                                                                        \
    extern type __start_##name[] __attribute__((visibility("hidden"), weak));                      \
    extern type __stop_##name[] __attribute__((visibility("hidden"), weak))
SECTION(curfew_put_data, char);
SECTION(curfew_put_bss, char);
SECTION(curfew_put_init, constructor *);

extern char **environ;
static char *kept;

void put_keep(void)
{
    size_t size = (size_t)(__stop_curfew_put_data - __start_curfew_put_data);
    kept = malloc(size + 1);
    if (kept == NULL) {
        abort();
    }
    (void)memcpy(kept, __start_curfew_put_data, size);
}

void put_restore(void)
{
    (void)memcpy(__start_curfew_put_data, kept,
                 (size_t)(__stop_curfew_put_data - __start_curfew_put_data));
    (void)memset(__start_curfew_put_bss, 0,
                 (size_t)(__stop_curfew_put_bss - __start_curfew_put_bss));
}

void put_construct(void)
{
    for (constructor **at = __start_curfew_put_init; at < __stop_curfew_put_init; at++) {
        (*at)(0, NULL, environ);
    }
}

void put_detach(void)
{
    if (curfew_debt_ledger != NULL) {
        (void)munmap(curfew_debt_ledger, sizeof *curfew_debt_ledger);
        curfew_debt_ledger = NULL;
    }
}
