/* SPDX-License-Identifier: MIT
 *
 * ledger.c -- makes and reads ledgers.  The program may write while we read, and may write
 * nonsense: every field is read once, and no name is trusted to end.
 */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

int ledger_new(struct curfew_debt_ledger **out_ledger, int *out_fd)
{
    size_t size = sizeof(struct curfew_debt_ledger);
    int fd = memfd_create("curfew-ledger", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        return -errno;
    }
    void *memory = MAP_FAILED;
    /* Sealed: a program that shrinks it would end us by SIGBUS. */
    if (ftruncate(fd, (off_t)size) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (memory == MAP_FAILED) {
        int status = -errno;
        (void)close(fd);
        return status;
    }
    struct curfew_debt_ledger *ledger = memory;
    ledger->magic = CURFEW_LEDGER_MAGIC;
    ledger->entry_count = CURFEW_LEDGER_ENTRIES;
    *out_ledger = ledger;
    *out_fd = fd;
    return 0;
}

void ledger_free(struct curfew_debt_ledger *ledger)
{
    if (ledger != NULL) {
        (void)munmap(ledger, sizeof(*ledger));
    }
}

void ledger_name(const struct curfew_debt_entry *entry, char name[LEDGER_NAME_BYTES])
{
    int length =
        snprintf(name, LEDGER_NAME_BYTES, "'%.*s'", (int)CURFEW_DEBT_NAME_BYTES - 1, entry->name);
    if (length > 0 && (entry->kind == CURFEW_DEBT_THREAD || entry->number != 0)) {
        (void)snprintf(name + length, LEDGER_NAME_BYTES - (size_t)length, " #%" PRIu64,
                       entry->number);
    }
}

uint32_t ledger_open_debts(const struct curfew_debt_entry *entry)
{
    uint32_t settled = __atomic_load_n(&entry->settled, __ATOMIC_RELAXED);
    uint32_t owed = __atomic_load_n(&entry->owed, __ATOMIC_RELAXED);
    return owed > settled ? owed - settled : 0;
}

const struct curfew_debt_entry *ledger_next(const struct curfew_debt_ledger *ledger,
                                            const struct curfew_debt_entry *after)
{
    const struct curfew_debt_entry *end = ledger->entries + CURFEW_LEDGER_ENTRIES;
    for (after = after == NULL ? ledger->entries : after + 1; after < end; after++) {
        if (__atomic_load_n(&after->key, __ATOMIC_RELAXED) != 0) {
            return after;
        }
    }
    return NULL;
}

bool ledger_attached(const struct curfew_debt_ledger *ledger)
{
    return __atomic_load_n(&ledger->owner_pid, __ATOMIC_RELAXED) != 0;
}

bool ledger_settled(const struct curfew_debt_ledger *ledger)
{
    const struct curfew_debt_entry *entry = NULL;
    while ((entry = ledger_next(ledger, entry)) != NULL) {
        if (ledger_open_debts(entry) != 0) {
            return false;
        }
    }
    return true;
}

void ledger_print_open(const struct curfew_debt_ledger *ledger, FILE *file)
{
    static const char *const states[] = { "owed", "running", "in its cleanups", "home" };
    const struct curfew_debt_entry *entry = NULL;
    while ((entry = ledger_next(ledger, entry)) != NULL) {
        if (ledger_open_debts(entry) == 0) {
            continue;
        }
        uint32_t state = __atomic_load_n(&entry->state, __ATOMIC_RELAXED);
        int32_t tid = __atomic_load_n(&entry->tid, __ATOMIC_RELAXED);
        char name[LEDGER_NAME_BYTES];
        ledger_name(entry, name);
        (void)fprintf(file, "  %s %s: %s", entry->kind == CURFEW_DEBT_THREAD ? "worker" : "debt",
                      name, states[state < 4 ? state : 0]);
        if (tid != 0) {
            (void)fprintf(file, ", tid %" PRId32, tid);
        }
        (void)fputc('\n', file);
    }
}
