/* SPDX-License-Identifier: MIT
 *
 * debt.h -- what must happen exactly once before the process ends: owed, later settled.
 *
 * This header stands alone: include it in any C or C++ program, link nothing.  In production it
 * costs one predictable branch a call.  Under the harness ($CURFEW_LEDGER names a descriptor) the
 * calls write to a ledger in shared memory, which outlives the process and is judged then: a debt
 * that is still owed is `owing`, one settled more often than owed is `twice`.
 *
 * The writes are relaxed atomics without sanitizer instrumentation: they order nothing, so they
 * hide no data race of the program.  A forked child does not write to its parent's ledger.
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

/* The entry of a debt, made if need be; NULL when the ledger is full or another process's. */
static CURFEW_DEBT_QUIET struct curfew_debt_entry *
curfew_debt_find(const char *name, uint64_t number, enum curfew_debt_kind kind)
{
    struct curfew_debt_ledger *ledger = curfew_debt_ledger;
    uint64_t key = UINT64_C(14695981039346656037); /* FNV-1a, 64 bits */
    size_t length = 0;
    size_t index;

    if (__atomic_load_n(&ledger->owner_pid, __ATOMIC_RELAXED) != (int32_t)getpid()) {
        return NULL;
    }
    for (; name[length] != '\0'; length++) {
        key = (key ^ (uint8_t)name[length]) * UINT64_C(1099511628211);
    }
    for (index = 0; index < 8; index++) {
        key = (key ^ ((number >> (8 * index)) & 0xff)) * UINT64_C(1099511628211);
    }
    key = key != 0 ? key : 1;
    for (index = 0; index < CURFEW_LEDGER_ENTRIES; index++) {
        struct curfew_debt_entry *entry = &ledger->entries[(key + index) % CURFEW_LEDGER_ENTRIES];
        uint64_t seen = 0;
        if (__atomic_compare_exchange_n(&entry->key, &seen, key, 0, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            size_t at;
            entry->number = number;
            entry->kind = (uint32_t)kind;
            for (at = 0; at < length && at + 1 < CURFEW_DEBT_NAME_BYTES; at++) {
                entry->name[at] = name[at];
            }
            return entry;
        }
        if (seen == key) {
            return entry;
        }
    }
    (void)__atomic_fetch_add(&ledger->overflowed, 1u, __ATOMIC_RELAXED);
    return NULL;
}

static CURFEW_DEBT_QUIET void curfew_debt_record_owe(const char *name, uint64_t number,
                                                     enum curfew_debt_kind kind)
{
    struct curfew_debt_entry *entry = curfew_debt_find(name, number, kind);
    if (entry != NULL) {
        (void)__atomic_fetch_add(&entry->owed, 1u, __ATOMIC_RELAXED);
        __atomic_store_n(&entry->state, (uint32_t)CURFEW_DEBT_OWED, __ATOMIC_RELAXED);
    }
}

static CURFEW_DEBT_QUIET void curfew_debt_record_settle(const char *name, uint64_t number)
{
    struct curfew_debt_entry *entry = curfew_debt_find(name, number, CURFEW_DEBT_PLAIN);
    if (entry != NULL) {
        uint32_t settled = __atomic_add_fetch(&entry->settled, 1u, __ATOMIC_RELAXED);
        if (settled > __atomic_load_n(&entry->owed, __ATOMIC_RELAXED)) {
            (void)__atomic_fetch_add(&entry->twice, 1u, __ATOMIC_RELAXED);
        }
        __atomic_store_n(&entry->state, (uint32_t)CURFEW_DEBT_HOME, __ATOMIC_RELAXED);
    }
}

static CURFEW_DEBT_QUIET void curfew_debt_record_state(const char *name, uint64_t number,
                                                       enum curfew_debt_state state)
{
    struct curfew_debt_entry *entry = curfew_debt_find(name, number, CURFEW_DEBT_PLAIN);
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
