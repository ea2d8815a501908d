/* SPDX-License-Identifier: MIT
 *
 * debt.h -- what must happen exactly once before the process ends: owed, later settled.
 *
 * This header stands alone: include it in any C or C++ program, link nothing.  In production it
 * costs one predictable branch a call.  Under the harness ($CURFEW_LEDGER names a descriptor) the
 * calls write to a ledger in shared memory, which outlives the process and is judged then: a debt
 * that is still owed is `owing`, one settled more often than owed is `twice`.
 *
 * The writes carry no sanitizer instrumentation: they order nothing that a sanitizer sees, so they
 * hide no data race of the program.  A forked child does not write to its parent's ledger.  There
 * is room for thousands of debts at a time; settled ones make room for new ones.
 *
 * Threads: any.  Signal handlers: all of it is async-signal-safe, and keeps errno.
 *
 *     curfew_debt_owe("unlink socket", 0);
 *     ...
 *     unlink(path);
 *     curfew_debt_settle("unlink socket", 0);
 */
#ifndef CURFEW_DEBT_H
#define CURFEW_DEBT_H

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The ledger: a format shared with the harness, which makes it and reads it. ---- */

#define CURFEW_LEDGER_ENV "CURFEW_LEDGER" /* a descriptor number, decimal */
#define CURFEW_LEDGER_MAGIC 0x31746265u   /* "ebt1": the version is part of it */
#define CURFEW_LEDGER_ENTRIES 16384u      /* a power of two */
#define CURFEW_LEDGER_PROBES 64u          /* how many places a debt may have */
#define CURFEW_LEDGER_BUSY 1u             /* the key of an entry that is being taken over */
#define CURFEW_DEBT_NAME_BYTES 32u        /* with the closing NUL; longer names are cut */

/* What an unsettled debt means, and what its owner was last seen doing. */
enum curfew_debt_kind { CURFEW_DEBT_PLAIN, CURFEW_DEBT_THREAD };
enum curfew_debt_state {
    CURFEW_DEBT_OWED,     /* promised, not begun */
    CURFEW_DEBT_RUNNING,  /* a thread works on it */
    CURFEW_DEBT_CLEANING, /* its cleanups run */
    CURFEW_DEBT_HOME,     /* settled */
};

struct curfew_debt_entry {
    uint64_t key;     /* atomic; 0: free; a hash of name and number */
    uint64_t number;  /* written once by who claimed the key */
    uint32_t owed;    /* atomic; how often */
    uint32_t settled; /* atomic; how often */
    uint32_t twice;   /* atomic; how often it was settled without being owed */
    uint32_t kind;    /* enum curfew_debt_kind */
    uint32_t state;   /* enum curfew_debt_state */
    int32_t tid;      /* the thread that last reported a state; 0: none */
    char name[CURFEW_DEBT_NAME_BYTES];
};

struct curfew_debt_ledger {
    uint32_t magic;
    uint32_t entry_count;
    int32_t owner_pid;   /* atomic; the process that attached; 0: nobody did */
    uint32_t overflowed; /* atomic; entries that found no room: the ledger cannot judge */
    uint64_t reserved[6];
    struct curfew_debt_entry entries[CURFEW_LEDGER_ENTRIES];
};

/* ---- Implementation.  Each shared object has its own pointer; all map the same ledger. ---- */

#if !defined(__USE_MISC)
extern long syscall(long number, ...); /* <unistd.h> hides it under -std=c11 */
#endif

#if defined(__has_attribute)
#if __has_attribute(disable_sanitizer_instrumentation)
#define CURFEW_DEBT_QUIET __attribute__((noinline, unused, disable_sanitizer_instrumentation))
#endif
#endif
#ifndef CURFEW_DEBT_QUIET
#define CURFEW_DEBT_QUIET __attribute__((noinline, unused, no_sanitize("thread")))
#endif

__attribute__((weak, visibility("hidden"))) struct curfew_debt_ledger *curfew_debt_ledger;

/* Maps the ledger, if there is one.  Runs before main in each object that includes this header. */
__attribute__((constructor(101))) static CURFEW_DEBT_QUIET void curfew_debt_attach(void)
{
    const char *text = getauxval(AT_SECURE) == 0 ? getenv(CURFEW_LEDGER_ENV) : NULL;
    if (text == NULL || curfew_debt_ledger != NULL) {
        return;
    }
    int fd = atoi(text);
    struct stat status;
    /* ThreadSanitizer (LLVM 14) makes a thread's signal context in its first blocking call, and
     * loses a signal that arrives meanwhile: make it now, before there are handlers. */
    (void)poll(NULL, 0, 0);
    if (fd <= 2 || fstat(fd, &status) != 0 ||
        (uint64_t)status.st_size < (uint64_t)sizeof(struct curfew_debt_ledger)) {
        return;
    }
    void *memory =
        mmap(NULL, sizeof(struct curfew_debt_ledger), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        return;
    }
    struct curfew_debt_ledger *ledger = (struct curfew_debt_ledger *)memory;
    int32_t nobody = 0;
    int32_t self = (int32_t)getpid();
    if (ledger->magic != CURFEW_LEDGER_MAGIC ||
        (!__atomic_compare_exchange_n(&ledger->owner_pid, &nobody, self, 0, __ATOMIC_RELAXED,
                                      __ATOMIC_RELAXED) &&
         nobody != self)) {
        (void)munmap(memory, sizeof(struct curfew_debt_ledger));
        return;
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    curfew_debt_ledger = ledger;
}

/* A hash of name and number: FNV-1a, 64 bits; not 0 (free) or CURFEW_LEDGER_BUSY. */
static CURFEW_DEBT_QUIET uint64_t curfew_debt_key(const char *name, uint64_t number)
{
    uint64_t key = UINT64_C(14695981039346656037);
    unsigned shift;
    for (; *name != '\0'; name++) {
        key = (key ^ (uint8_t)*name) * UINT64_C(1099511628211);
    }
    for (shift = 0; shift < 64; shift += 8) {
        key = (key ^ ((number >> shift) & 0xff)) * UINT64_C(1099511628211);
    }
    return key > CURFEW_LEDGER_BUSY ? key : key + 2;
}

static CURFEW_DEBT_QUIET void curfew_debt_fill(struct curfew_debt_entry *entry, const char *name,
                                               uint64_t number, enum curfew_debt_kind kind)
{
    size_t at;
    entry->number = number;
    entry->kind = (uint32_t)kind;
    entry->tid = 0;
    for (at = 0; at + 1 < CURFEW_DEBT_NAME_BYTES; at++) {
        entry->name[at] = *name != '\0' ? *name++ : '\0';
    }
}

/* Takes over an entry whose debt is settled: its counts are equal, and go on from there.  Whoever
 * counts in it meanwhile looks at the key afterwards, takes his count back, and finds another
 * entry. */
static CURFEW_DEBT_QUIET int curfew_debt_take_over(struct curfew_debt_entry *entry)
{
    uint64_t old = __atomic_load_n(&entry->key, __ATOMIC_SEQ_CST);
    if (old <= CURFEW_LEDGER_BUSY ||
        !__atomic_compare_exchange_n(&entry->key, &old, CURFEW_LEDGER_BUSY, 0, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST)) {
        return 0;
    }
    if (__atomic_load_n(&entry->twice, __ATOMIC_SEQ_CST) == 0 &&
        __atomic_load_n(&entry->owed, __ATOMIC_SEQ_CST) ==
            __atomic_load_n(&entry->settled, __ATOMIC_SEQ_CST)) {
        return 1;
    }
    __atomic_store_n(&entry->key, old, __ATOMIC_SEQ_CST);
    return 0;
}

/* The entry of a debt, made if need be; NULL when there is no room or it is another process's. */
static CURFEW_DEBT_QUIET struct curfew_debt_entry *
curfew_debt_find(uint64_t key, const char *name, uint64_t number, enum curfew_debt_kind kind)
{
    struct curfew_debt_ledger *ledger = curfew_debt_ledger;
    unsigned probe;

    if (__atomic_load_n(&ledger->owner_pid, __ATOMIC_RELAXED) != (int32_t)getpid()) {
        return NULL;
    }
    for (probe = 0; probe < CURFEW_LEDGER_PROBES; probe++) {
        struct curfew_debt_entry *entry = &ledger->entries[(key + probe) % CURFEW_LEDGER_ENTRIES];
        uint64_t seen = 0;
        if (__atomic_compare_exchange_n(&entry->key, &seen, key, 0, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            curfew_debt_fill(entry, name, number, kind);
            return entry;
        }
        if (seen == key) {
            return entry;
        }
    }
    for (probe = 0; probe < CURFEW_LEDGER_PROBES; probe++) {
        struct curfew_debt_entry *entry = &ledger->entries[(key + probe) % CURFEW_LEDGER_ENTRIES];
        if (curfew_debt_take_over(entry)) {
            curfew_debt_fill(entry, name, number, kind);
            __atomic_store_n(&entry->key, key, __ATOMIC_SEQ_CST);
            return entry;
        }
    }
    (void)__atomic_fetch_add(&ledger->overflowed, 1u, __ATOMIC_RELAXED);
    return NULL;
}

/* Counts one more owed (or settled) in the debt's entry, and returns that; NULL: there is none. */
static CURFEW_DEBT_QUIET struct curfew_debt_entry *
curfew_debt_count(const char *name, uint64_t number, enum curfew_debt_kind kind, int settles)
{
    uint64_t key = curfew_debt_key(name, number);
    for (;;) {
        struct curfew_debt_entry *entry = curfew_debt_find(key, name, number, kind);
        if (entry == NULL) {
            return NULL;
        }
        uint32_t *count = settles ? &entry->settled : &entry->owed;
        (void)__atomic_fetch_add(count, 1u, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&entry->key, __ATOMIC_SEQ_CST) == key) {
            return entry;
        }
        (void)__atomic_fetch_sub(count, 1u, __ATOMIC_SEQ_CST); /* It was taken over just now. */
    }
}

static CURFEW_DEBT_QUIET void curfew_debt_record_owe(const char *name, uint64_t number,
                                                     enum curfew_debt_kind kind)
{
    struct curfew_debt_entry *entry = curfew_debt_count(name, number, kind, 0);
    if (entry != NULL) {
        __atomic_store_n(&entry->state, (uint32_t)CURFEW_DEBT_OWED, __ATOMIC_RELAXED);
    }
}

static CURFEW_DEBT_QUIET void curfew_debt_record_settle(const char *name, uint64_t number)
{
    struct curfew_debt_entry *entry = curfew_debt_count(name, number, CURFEW_DEBT_PLAIN, 1);
    if (entry != NULL) {
        if (__atomic_load_n(&entry->settled, __ATOMIC_SEQ_CST) >
            __atomic_load_n(&entry->owed, __ATOMIC_SEQ_CST)) {
            (void)__atomic_fetch_add(&entry->twice, 1u, __ATOMIC_SEQ_CST);
        }
        __atomic_store_n(&entry->state, (uint32_t)CURFEW_DEBT_HOME, __ATOMIC_RELAXED);
    }
}

static CURFEW_DEBT_QUIET void curfew_debt_record_state(const char *name, uint64_t number,
                                                       enum curfew_debt_state state)
{
    uint64_t key = curfew_debt_key(name, number);
    struct curfew_debt_entry *entry = curfew_debt_find(key, name, number, CURFEW_DEBT_PLAIN);
    if (entry != NULL) {
        __atomic_store_n(&entry->tid, (int32_t)syscall(SYS_gettid), __ATOMIC_RELAXED);
        __atomic_store_n(&entry->state, (uint32_t)state, __ATOMIC_RELAXED);
    }
}

/* ---- The interface. ---- */

/* Something must happen exactly once before the process ends.  A debt is its name and number: use
 * the number for the n-th of a kind.  Owed again after it was settled, it must be settled again.
 *   Signals: safe. */
static inline void curfew_debt_owe(const char *name, uint64_t number)
{
    if (__builtin_expect(curfew_debt_ledger != NULL, 0)) {
        curfew_debt_record_owe(name, number, CURFEW_DEBT_PLAIN);
    }
}

/* It has happened.  Settling what is not owed is reported as `twice`.
 *   Signals: safe. */
static inline void curfew_debt_settle(const char *name, uint64_t number)
{
    if (__builtin_expect(curfew_debt_ledger != NULL, 0)) {
        curfew_debt_record_settle(name, number);
    }
}

/* The debt is a thread: it must end before the process does.  Settle it as the last thing the
 * thread does; unsettled at the end it is reported as `abandoned`.
 *   Signals: safe. */
static inline void curfew_debt_owe_thread(const char *name, uint64_t number)
{
    if (__builtin_expect(curfew_debt_ledger != NULL, 0)) {
        curfew_debt_record_owe(name, number, CURFEW_DEBT_THREAD);
    }
}

/* The calling thread works on this debt, and this is how far it is: shown in reports.
 *   Signals: safe. */
static inline void curfew_debt_note(const char *name, uint64_t number, enum curfew_debt_state state)
{
    if (__builtin_expect(curfew_debt_ledger != NULL, 0)) {
        curfew_debt_record_state(name, number, state);
    }
}

#ifdef __cplusplus
}
#endif
#endif
