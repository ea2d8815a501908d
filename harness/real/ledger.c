/* SPDX-License-Identifier: MIT
 *
 * ledger.c -- makes and reads ledgers.  The program may write while we read, and may write
 * nonsense: every field is read once, and no name is trusted to end.
 */
#include "ledger.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
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

bool ledger_attached(const struct curfew_debt_ledger *ledger)
{
    return __atomic_load_n(&ledger->owner_pid, __ATOMIC_RELAXED) != 0;
}

/* ---- Most pages of a ledger were never touched, and the kernel knows which.  To read one would
 * make it, and ledgers are read thousands of times a second. ---- */

#define PAGE_BYTES 4096u
#define PAGES ((sizeof(struct curfew_debt_ledger) + PAGE_BYTES - 1) / PAGE_BYTES)

struct pages {
    unsigned char touched[PAGES];
    size_t at;
};

static void pages_look(const struct curfew_debt_ledger *ledger, struct pages *pages)
{
    void *start = (void *)(uintptr_t)ledger; /* mincore reads nothing of it. */
    pages->at = 0;
    if (mincore(start, sizeof(*ledger), pages->touched) != 0) {
        (void)memset(pages->touched, 1, sizeof(pages->touched));
    }
}

/* The first entry that begins, with its key, in this page or behind it. */
static const struct curfew_debt_entry *page_entry(const struct curfew_debt_ledger *ledger,
                                                  size_t page)
{
    size_t start = page * PAGE_BYTES;
    size_t before = offsetof(struct curfew_debt_ledger, entries);
    size_t bytes = sizeof(struct curfew_debt_entry);
    size_t index = start > before ? (start - before + bytes - 1) / bytes : 0;
    return ledger->entries + (index < CURFEW_LEDGER_ENTRIES ? index : CURFEW_LEDGER_ENTRIES);
}

/* The next used entry after `after` (NULL: the first); NULL: no more. */
static const struct curfew_debt_entry *pages_next(struct pages *pages,
                                                  const struct curfew_debt_ledger *ledger,
                                                  const struct curfew_debt_entry *after)
{
    const struct curfew_debt_entry *next = after == NULL ? ledger->entries : after + 1;
    for (; pages->at < PAGES; pages->at++) {
        const struct curfew_debt_entry *first = page_entry(ledger, pages->at);
        const struct curfew_debt_entry *end = page_entry(ledger, pages->at + 1);
        next = next > first ? next : first;
        for (; (pages->touched[pages->at] & 1) != 0 && next < end; next++) {
            if (__atomic_load_n(&next->key, __ATOMIC_RELAXED) != 0) {
                return next;
            }
        }
    }
    return NULL;
}

bool ledger_settled(const struct curfew_debt_ledger *ledger)
{
    const struct curfew_debt_entry *entry = NULL;
    struct pages pages;
    pages_look(ledger, &pages);
    while ((entry = pages_next(&pages, ledger, entry)) != NULL) {
        if (ledger_open_debts(entry) != 0) {
            return false;
        }
    }
    return true;
}

void ledger_judge(const struct curfew_debt_ledger *ledger, bool by_itself, ledger_earn_fn *earn,
                  void *context)
{
    const struct curfew_debt_entry *entry = NULL;
    struct pages pages;
    char text[512];
    pages_look(ledger, &pages);
    if (__atomic_load_n(&ledger->overflowed, __ATOMIC_RELAXED) != 0) {
        (void)snprintf(text, sizeof(text),
                       "more than %u debts are open at once: owe one debt for many (of one name "
                       "and number, owed as often as there are things to do), or fewer at a time",
                       CURFEW_LEDGER_ENTRIES);
        earn(context, VERDICT_UNSUPPORTED, "ledger", text);
    }
    while ((entry = pages_next(&pages, ledger, entry)) != NULL) {
        char name[LEDGER_NAME_BYTES];
        ledger_name(entry, name);
        uint32_t open = ledger_open_debts(entry);
        uint32_t owed = __atomic_load_n(&entry->owed, __ATOMIC_RELAXED);
        if (entry->twice > 0) {
            (void)snprintf(text, sizeof(text), "%s was settled %" PRIu32 " times, owed %" PRIu32,
                           name, entry->settled, owed);
            earn(context, VERDICT_TWICE, name, text);
        }
        if (open == 0 || !by_itself) {
            continue;
        }
        if (entry->kind == CURFEW_DEBT_THREAD) {
            (void)snprintf(text, sizeof(text), "worker %s was alive when the program ended", name);
            earn(context, VERDICT_ABANDONED, name, text);
        } else if (owed > 1) {
            (void)snprintf(text, sizeof(text), "%s was owed %" PRIu32 " times, settled %" PRIu32,
                           name, owed, owed - open);
            earn(context, VERDICT_OWING, name, text);
        } else {
            (void)snprintf(text, sizeof(text), "%s never happened", name);
            earn(context, VERDICT_OWING, name, text);
        }
    }
}

/* ---- how far each came ---- */

struct ends_part {
    char name[CURFEW_DEBT_NAME_BYTES];
    const char *word;
    uint64_t count; /* 0: not counted */
    bool about;     /* it is told as a power of two */
};

struct ends {
    struct ends_part *parts; /* owned */
    size_t count;
    size_t room;
    bool failed; /* no memory */
};

static void numbers_to_signs(const char *name, char out[CURFEW_DEBT_NAME_BYTES])
{
    size_t length = 0;
    for (size_t at = 0; at + 1 < CURFEW_DEBT_NAME_BYTES && name[at] != '\0'; at++) {
        if (!isdigit((unsigned char)name[at])) {
            out[length++] = name[at];
        } else if (length == 0 || out[length - 1] != '#') {
            out[length++] = '#';
        }
    }
    out[length] = '\0';
}

static void ends_add(struct ends *ends, const char *name, struct ends_part part)
{
    numbers_to_signs(name, part.name);
    for (size_t at = 0; at < ends->count; at++) {
        struct ends_part *other = &ends->parts[at];
        if (other->word == part.word && (other->count > 0) == (part.count > 0) &&
            strcmp(other->name, part.name) == 0) {
            other->count += part.count;
            return;
        }
    }
    if (ends->count == ends->room) {
        size_t room = ends->room == 0 ? 16 : ends->room * 2;
        struct ends_part *parts = reallocarray(ends->parts, room, sizeof(*parts));
        if (parts == NULL) {
            ends->failed = true;
            return;
        }
        ends->parts = parts;
        ends->room = room;
    }
    ends->parts[ends->count++] = part;
}

static int ends_compare(const void *one, const void *other)
{
    const struct ends_part *left = one;
    const struct ends_part *right = other;
    int names = strcmp(left->name, right->name);
    int words = names != 0 ? names : strcmp(left->word, right->word);
    return words != 0 ? words : (left->count > 0) - (right->count > 0);
}

static void ends_look(struct ends *ends, const struct curfew_debt_entry *entry)
{
    static const char *const states[] = { "owed", "running", "cleaning", "home" };
    if (entry->kind == CURFEW_DEBT_THREAD) {
        uint32_t state = __atomic_load_n(&entry->state, __ATOMIC_RELAXED);
        ends_add(ends, entry->name,
                 (struct ends_part){ .word = states[state < 4 ? state : 0], .count = 1 });
    } else if (ledger_open_debts(entry) != 0) {
        ends_add(ends, entry->name, (struct ends_part){ .word = "open" });
    } else if (entry->number != 0) {
        uint32_t settled = __atomic_load_n(&entry->settled, __ATOMIC_RELAXED);
        ends_add(ends, entry->name,
                 (struct ends_part){ .word = "settled", .count = settled, .about = true });
    }
    if (entry->twice > 0) {
        ends_add(ends, entry->name, (struct ends_part){ .word = "twice" });
    }
}

static uint64_t power_of_two_below(uint64_t number)
{
    uint64_t power = 1;
    while (number / 2 >= power) {
        power *= 2;
    }
    return power;
}

static char *ends_text(struct ends *ends)
{
    char *text = NULL;
    size_t size;
    FILE *file = ends->failed ? NULL : open_memstream(&text, &size);
    if (file == NULL) {
        return NULL;
    }
    if (ends->count > 0) {
        qsort(ends->parts, ends->count, sizeof(*ends->parts), ends_compare);
    }
    for (size_t at = 0; at < ends->count; at++) {
        const struct ends_part *part = &ends->parts[at];
        (void)fputs(at > 0 ? ", " : "", file);
        if (part->about) {
            (void)fprintf(file, "%" PRIu64 "+ ", power_of_two_below(part->count));
        } else if (part->count > 0) {
            (void)fprintf(file, "%" PRIu64 " ", part->count);
        }
        (void)fprintf(file, "%s %s", part->name, part->word);
    }
    (void)fputs(ends->count > 0 ? "" : "nothing open", file);
    if (fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

char *ledger_ends(const struct curfew_debt_ledger *ledger)
{
    const struct curfew_debt_entry *entry = NULL;
    struct ends ends = { .parts = NULL };
    struct pages pages;
    if (!ledger_attached(ledger)) {
        return strdup("no ledger");
    }
    pages_look(ledger, &pages);
    while ((entry = pages_next(&pages, ledger, entry)) != NULL) {
        ends_look(&ends, entry);
    }
    char *text = ends_text(&ends);
    free(ends.parts);
    return text;
}

void ledger_reset(struct curfew_debt_ledger *ledger)
{
    const struct curfew_debt_entry *entry = NULL;
    struct pages pages;
    if (!ledger_attached(ledger)) {
        return; /* Nobody wrote to it. */
    }
    pages_look(ledger, &pages);
    while ((entry = pages_next(&pages, ledger, entry)) != NULL) {
        (void)memset(&ledger->entries[entry - ledger->entries], 0, sizeof(*entry));
    }
    ledger->overflowed = 0;
    ledger->owner_pid = 0;
    ledger->magic = CURFEW_LEDGER_MAGIC;
    ledger->entry_count = CURFEW_LEDGER_ENTRIES;
}

void ledger_print_open(const struct curfew_debt_ledger *ledger, FILE *file)
{
    static const char *const states[] = { "owed", "running", "in its cleanups", "home" };
    const struct curfew_debt_entry *entry = NULL;
    struct pages pages;
    pages_look(ledger, &pages);
    while ((entry = pages_next(&pages, ledger, entry)) != NULL) {
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
