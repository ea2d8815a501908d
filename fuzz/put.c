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

/* Not memcpy and memset: ThreadSanitizer would note each byte, which nobody does for a process that
 * begins. */
void put_restore(void)
{
    char *to = __start_curfew_put_data;
    const char *from = kept;
    size_t size = (size_t)(__stop_curfew_put_data - __start_curfew_put_data);
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    to = __start_curfew_put_bss;
    size = (size_t)(__stop_curfew_put_bss - __start_curfew_put_bss);
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(0) : "memory");
}

void put_construct(void)
{
    for (constructor **at = __start_curfew_put_init; at < __stop_curfew_put_init; at++) {
        (*at)(0, NULL, environ);
    }
}

/* ---- the ledger ---- */

static struct curfew_debt_ledger *mapped;
static int mapped_fd = -1;

void *curfew_fuzz_mmap(void *address, size_t length, int protection, int flags, int fd,
                       off_t offset);
void *curfew_fuzz_mmap(void *address, size_t length, int protection, int flags, int fd,
                       off_t offset)
{
    if (fd >= 0 && fd == mapped_fd) {
        return mapped;
    }
    return mmap(address, length, protection, flags, fd, offset);
}

void put_ledger(struct curfew_debt_ledger *ledger, int fd)
{
    mapped = ledger;
    mapped_fd = fd;
}

void put_detach(void)
{
    curfew_debt_ledger = NULL;
}
