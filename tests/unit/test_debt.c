/* SPDX-License-Identifier: MIT
 *
 * test_debt.c -- curfew/debt.h, and the debts that the library owes by itself.  Each case runs in a
 * forked child that attaches to a ledger of its own, which the parent reads afterwards, as the
 * harness does. That the header needs no library is for debt_alone.c.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct curfew_debt_ledger *ledger; /* the parent's view */
static int ledger_fd;

static void ledger_new(size_t bytes)
{
    char text[16];
    ledger_fd = memfd_create("ledger", 0);
    CHECK(ledger_fd > 2);
    CHECK(ftruncate(ledger_fd, (off_t)bytes) == 0);
    ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE, MAP_SHARED, ledger_fd, 0);
    CHECK(ledger != MAP_FAILED);
    if (bytes >= sizeof(*ledger)) {
        ledger->magic = CURFEW_LEDGER_MAGIC;
        ledger->entry_count = CURFEW_LEDGER_ENTRIES;
    }
    (void)snprintf(text, sizeof(text), "%d", ledger_fd);
    CHECK(setenv(CURFEW_LEDGER_ENV, text, 1) == 0);
}

static void ledger_free(void)
{
    CHECK(munmap(ledger, sizeof(*ledger)) == 0);
    CHECK(close(ledger_fd) == 0);
    CHECK(unsetenv(CURFEW_LEDGER_ENV) == 0);
}

/* The entry of a debt; an empty one when there is none.  Fails when there are two. */
static struct curfew_debt_entry entry_of(const char *name, uint64_t number)
{
    struct curfew_debt_entry found = { .key = 0 };
    for (size_t i = 0; i < CURFEW_LEDGER_ENTRIES; i++) {
        struct curfew_debt_entry *entry = &ledger->entries[i];
        if (entry->key != 0 && strcmp(entry->name, name) == 0 && entry->number == number) {
            assert_true(found.key == 0);
            found = *entry;
        }
    }
    return found;
}

static size_t entries_used(void)
{
    size_t used = 0;
    for (size_t i = 0; i < CURFEW_LEDGER_ENTRIES; i++) {
        used += ledger->entries[i].key != 0;
    }
    return used;
}

static void assert_counts(const char *name, uint64_t number, unsigned owed, unsigned settled,
                          unsigned twice)
{
    struct curfew_debt_entry entry = entry_of(name, number);
    assert_int_equal(entry.owed, owed);
    assert_int_equal(entry.settled, settled);
    assert_int_equal(entry.twice, twice);
}

/* Runs fn in a child that is attached to a new ledger; the ledger is then to be read, and freed. */
static void (*attached_fn)(void);

static void run_attached(void *context)
{
    (void)context;
    CHECK(curfew_debt_ledger == NULL);
    curfew_debt_attach(); /* as the constructor does, had the variable been set at the start */
    CHECK(curfew_debt_ledger != NULL);
    attached_fn();
}

static void assert_passes_attached(void (*fn)(void))
{
    struct child_output output;
    attached_fn = fn;
    ledger_new(sizeof(*ledger));
    int status = support_run_child(run_attached, NULL, &output);
    if (!support_exited(status, 0)) {
        fail_msg("wait status %d; stderr: %s", status, output.text);
    }
    assert_true(ledger->owner_pid > 0);
    assert_int_equal(ledger->overflowed, 0);
}

/* ---- Attaching. ---- */

static void test_calls_without_a_ledger_do_nothing(void **state)
{
    (void)state;
    assert_null(getenv(CURFEW_LEDGER_ENV));
    curfew_debt_attach();
    assert_null(curfew_debt_ledger);
    errno = 4711;
    curfew_debt_owe("a", 1);
    curfew_debt_settle("a", 1);
    curfew_debt_settle("a", 1);
    curfew_debt_owe_thread("b", 1);
    curfew_debt_note("b", 1, CURFEW_DEBT_RUNNING);
    assert_int_equal(errno, 4711);
    assert_null(curfew_debt_ledger);
}

static void attach_in_vain(void *context)
{
    (void)context;
    curfew_debt_attach();
    CHECK(curfew_debt_ledger == NULL);
    curfew_debt_owe("a", 1);
}

static void assert_attach_is_refused(void)
{
    assert_true(support_exited(support_run_child(attach_in_vain, NULL, NULL), 0));
    assert_int_equal(entries_used(), 0);
}

static void test_attach_to_what_is_no_ledger_is_refused(void **state)
{
    (void)state;
    static const char *const words[] = { "", "no number", "0", "1", "2", "-1", "987654" };
    ledger_new(sizeof(*ledger));
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        assert_int_equal(setenv(CURFEW_LEDGER_ENV, words[i], 1), 0);
        assert_attach_is_refused();
    }
    ledger_free();

    ledger_new(sizeof(*ledger));
    ledger->magic++;
    assert_attach_is_refused(); /* another version */
    assert_int_equal(ledger->owner_pid, 0);
    ledger->magic--;
    ledger->owner_pid = getpid();
    assert_attach_is_refused(); /* a foreign process's */
    assert_int_equal(ledger->owner_pid, getpid());
    ledger_free();

    ledger_new(sizeof(*ledger) - 1);
    char first_page[4096];
    memset(first_page, 0, sizeof(first_page));
    memcpy(first_page, &(uint32_t){ CURFEW_LEDGER_MAGIC }, sizeof(uint32_t));
    assert_int_equal(pwrite(ledger_fd, first_page, sizeof(first_page), 0), sizeof(first_page));
    assert_true(support_exited(support_run_child(attach_in_vain, NULL, NULL), 0)); /* too small */
    ledger_free();
}

static void check_attached(void)
{
    struct curfew_debt_ledger *mine = curfew_debt_ledger;
    CHECK(mine->owner_pid == getpid());
    CHECK((fcntl(ledger_fd, F_GETFD) & FD_CLOEXEC) != 0); /* not for those it executes */
    curfew_debt_attach();
    CHECK(curfew_debt_ledger == mine);
}

static void test_attach_claims_the_ledger_once(void **state)
{
    (void)state;
    assert_passes_attached(check_attached);
    ledger_free();
}

/* ---- Owing and settling. ---- */

#define LONG_NAME "a name that is longer than thirty-one bytes"

static void owe_and_settle(void)
{
    errno = 4711;
    curfew_debt_owe("plain", 0);
    curfew_debt_owe("plain", 1);
    curfew_debt_settle("plain", 1);
    curfew_debt_owe("again", 7);
    curfew_debt_settle("again", 7);
    curfew_debt_owe("again", 7);
    curfew_debt_settle("again", 7);
    curfew_debt_owe("twice", 0);
    curfew_debt_settle("twice", 0);
    curfew_debt_settle("twice", 0);
    curfew_debt_settle("never owed", 0);
    curfew_debt_owe(LONG_NAME " one", UINT64_MAX);
    curfew_debt_owe(LONG_NAME " two", UINT64_MAX - 1);
    curfew_debt_settle(LONG_NAME " two", UINT64_MAX - 1);
    curfew_debt_owe_thread("thread", 3);
    curfew_debt_note("thread", 3, CURFEW_DEBT_RUNNING);
    curfew_debt_owe_thread("not begun", 0);
    CHECK(errno == 4711);
}

static void test_debts_are_counted_by_name_and_number(void **state)
{
    (void)state;
    assert_passes_attached(owe_and_settle);
    assert_int_equal(entries_used(), 9);
    assert_counts("plain", 0, 1, 0, 0);
    assert_counts("plain", 1, 1, 1, 0);
    assert_counts("again", 7, 2, 2, 0);
    assert_counts("twice", 0, 1, 2, 1);
    assert_counts("never owed", 0, 0, 1, 1);
    assert_counts("a name that is longer than thir", UINT64_MAX, 1, 0, 0);
    assert_counts("a name that is longer than thir", UINT64_MAX - 1, 1, 1, 0);
    assert_int_equal(entry_of("plain", 0).kind, CURFEW_DEBT_PLAIN);
    assert_int_equal(entry_of("plain", 0).state, CURFEW_DEBT_OWED);
    assert_int_equal(entry_of("plain", 0).tid, 0);
    assert_int_equal(entry_of("plain", 1).state, CURFEW_DEBT_HOME);
    assert_int_equal(entry_of("thread", 3).kind, CURFEW_DEBT_THREAD);
    assert_int_equal(entry_of("thread", 3).state, CURFEW_DEBT_RUNNING);
    assert_int_equal(entry_of("thread", 3).tid, ledger->owner_pid);
    assert_int_equal(entry_of("not begun", 0).state, CURFEW_DEBT_OWED);
    assert_int_equal(entry_of("not begun", 0).tid, 0);
    ledger_free();
}

#define MANY 2000

static void *owe_many(void *context)
{
    for (uint64_t number = 0; number < MANY; number++) {
        curfew_debt_owe("shared", number);
        curfew_debt_owe(context, number);
        curfew_debt_settle("shared", number);
        curfew_debt_settle(context, number);
    }
    return NULL;
}

static void owe_in_threads(void)
{
    static char names[2][8] = { "left", "right" };
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        threads[i] = support_start(owe_many, names[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        support_join(threads[i]);
    }
}

static void test_debts_of_several_threads_lose_no_count(void **state)
{
    (void)state;
    assert_passes_attached(owe_in_threads);
    assert_int_equal(entries_used(), 3 * MANY);
    uint64_t owed = 0;
    uint64_t settled = 0;
    for (size_t i = 0; i < CURFEW_LEDGER_ENTRIES; i++) {
        struct curfew_debt_entry *entry = &ledger->entries[i];
        bool shared = strcmp(entry->name, "shared") == 0;
        assert_true(entry->key == 0 || entry->owed == (shared ? 2u : 1u));
        assert_int_equal(entry->owed, entry->settled);
        assert_int_equal(entry->twice, 0);
        owed += entry->owed;
        settled += entry->settled;
    }
    assert_int_equal(owed, 4 * MANY);
    assert_int_equal(settled, 4 * MANY);
    ledger_free();
}

static void owe_in_handler(int signo)
{
    curfew_debt_owe("in handler", (uint64_t)signo);
    curfew_debt_settle("in handler", (uint64_t)signo);
}

static void owe_around_handler(void)
{
    support_handle(SIGUSR1, owe_in_handler);
    curfew_debt_owe("outside", 0);
    CHECK(raise(SIGUSR1) == 0);
    (void)usleep(0);
    curfew_debt_settle("outside", 0);
}

static void test_debts_of_a_handler_are_counted(void **state)
{
    (void)state;
    assert_passes_attached(owe_around_handler);
    assert_counts("outside", 0, 1, 1, 0);
    assert_counts("in handler", SIGUSR1, 1, 1, 0);
    ledger_free();
}

static void overflow(void *context)
{
    (void)context;
    curfew_debt_attach();
    for (uint64_t number = 0; number < CURFEW_LEDGER_ENTRIES + 3u; number++) {
        curfew_debt_owe("many", number);
    }
    curfew_debt_settle("many", 0); /* those that found room go on */
}

static void test_debts_beyond_the_room_are_told(void **state)
{
    (void)state;
    ledger_new(sizeof(*ledger));
    assert_true(support_exited(support_run_child(overflow, NULL, NULL), 0));
    /* A debt has few places, so it may find none before all are taken; but none is lost unseen. */
    assert_true(ledger->overflowed >= 3);
    assert_int_equal(entries_used() + ledger->overflowed, CURFEW_LEDGER_ENTRIES + 3);
    assert_counts("many", 0, 1, 1, 0);
    ledger_free();
}

static void owe_and_settle_many(void)
{
    curfew_debt_owe("stays", 0);
    for (uint64_t number = 0; number < 4u * CURFEW_LEDGER_ENTRIES; number++) {
        curfew_debt_owe("short", number);
        curfew_debt_note("short", number, CURFEW_DEBT_RUNNING);
        curfew_debt_settle("short", number);
    }
    curfew_debt_owe("last", 0);
}

static void test_debts_that_are_settled_make_room(void **state)
{
    (void)state;
    assert_passes_attached(owe_and_settle_many);
    assert_int_equal(ledger->overflowed, 0);
    for (size_t i = 0; i < CURFEW_LEDGER_ENTRIES; i++) {
        const struct curfew_debt_entry *entry = &ledger->entries[i];
        bool open = strcmp(entry->name, "stays") == 0 || strcmp(entry->name, "last") == 0;
        assert_int_equal(entry->owed - entry->settled, open ? 1 : 0);
        assert_int_equal(entry->twice, 0);
    }
    ledger_free();
}

static void owe_inherited(void *context)
{
    (void)context;
    curfew_debt_settle("parent's", 0);
    curfew_debt_owe("child's", 0);
    curfew_debt_note("parent's", 0, CURFEW_DEBT_CLEANING);
}

static void fork_and_settle(void)
{
    curfew_debt_owe("parent's", 0);
    CHECK(support_exited(support_run_child(owe_inherited, NULL, NULL), 0));
    curfew_debt_settle("parent's", 0);
}

static void test_fork_child_writes_nothing(void **state)
{
    (void)state;
    assert_passes_attached(fork_and_settle);
    assert_int_equal(entries_used(), 1);
    assert_counts("parent's", 0, 1, 1, 0);
    assert_int_equal(entry_of("parent's", 0).tid, 0);
    ledger_free();
}

/* ---- What the library owes. ---- */

static atomic_uint seen_state;
static atomic_int seen_tid;

static void look_at_own_debt(const char *name, uint32_t id, uint32_t expected)
{
    for (size_t i = 0; i < CURFEW_LEDGER_ENTRIES; i++) {
        struct curfew_debt_entry *entry = &curfew_debt_ledger->entries[i];
        if (__atomic_load_n(&entry->key, __ATOMIC_RELAXED) != 0 && entry->number == id &&
            strcmp(entry->name, name) == 0) {
            CHECK(__atomic_load_n(&entry->state, __ATOMIC_RELAXED) == expected);
            CHECK(__atomic_load_n(&entry->tid, __ATOMIC_RELAXED) == gettid());
            atomic_fetch_add(&seen_state, 1);
        }
    }
}

static atomic_uint worker_id;

static void look_while_cleaning(void *context)
{
    (void)context;
    look_at_own_debt("worker", atomic_load(&worker_id), CURFEW_DEBT_CLEANING);
}

static int look_while_running(struct curfew_worker *self, void *context)
{
    atomic_store(&worker_id, curfew_worker_get_id(self));
    CHECK(curfew_worker_defer(self, look_while_cleaning, context) == 0);
    look_at_own_debt("worker", curfew_worker_get_id(self), CURFEW_DEBT_RUNNING);
    return 0;
}

static int wait_for_stop(struct curfew_worker *self, void *context)
{
    atomic_store(&seen_tid, gettid());
    (void)context;
    return curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE);
}

static uint32_t spawn(struct curfew_group *group, const char *name, curfew_worker_fn *fn,
                      unsigned flags)
{
    uint32_t id;
    CHECK(curfew_group_spawn(group, name, fn, NULL, flags, &id) == 0);
    return id;
}

static void run_workers(void)
{
    struct curfew_group *group;
    CHECK(curfew_group_new(NULL, 1, &group) == 0);
    uint32_t first = spawn(group, "worker", look_while_running, 0);
    CHECK(curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL) == 0);
    CHECK(atomic_load(&seen_state) == 2);
    curfew_group_free(group);

    CHECK(curfew_group_new(NULL, 1, &group) == 0);
    CHECK(spawn(group, "daemon", wait_for_stop, CURFEW_WORKER_DAEMON) == first + 1);
    CHECK(spawn(group, "abandoned", wait_for_stop, 0) == first + 2);
    AWAIT(atomic_load(&seen_tid) != 0);
    curfew_debt_owe("first id", first);
}

static void test_debt_of_each_worker_is_owed_and_settled_by_the_library(void **state)
{
    (void)state;
    assert_passes_attached(run_workers);
    assert_int_equal(entries_used(), 3); /* none for the daemon */
    uint64_t first = 0;
    for (size_t i = 0; i < CURFEW_LEDGER_ENTRIES; i++) {
        if (strcmp(ledger->entries[i].name, "first id") == 0) {
            first = ledger->entries[i].number;
        }
    }
    assert_counts("worker", first, 1, 1, 0);
    assert_int_equal(entry_of("worker", first).kind, CURFEW_DEBT_THREAD);
    assert_int_equal(entry_of("worker", first).state, CURFEW_DEBT_HOME);
    assert_counts("abandoned", first + 2, 1, 0, 0);
    assert_int_equal(entry_of("abandoned", first + 2).kind, CURFEW_DEBT_THREAD);
    ledger_free();
}

static void do_no_job(struct curfew_stop *stop, void *context)
{
    (void)stop;
    (void)context;
}

static void hold_thread(struct curfew_stop *stop, void *context)
{
    atomic_store((atomic_bool *)context, true);
    (void)curfew_stop_wait(stop, CURFEW_NO_DEADLINE);
}

/* Per pool: 4 jobs, of which one runs; handed back they are settled, dropped they stay owed. */
static void end_pool(bool hand_back)
{
    atomic_bool running = false;
    struct curfew_pool *pool;
    struct curfew_job *jobs = NULL;
    size_t count;
    CHECK(curfew_pool_new("p", 1, 0, NULL, &pool) == 0);
    CHECK(curfew_pool_submit(pool, hold_thread, &running) == 0);
    AWAIT(atomic_load(&running));
    for (int i = 0; i < 3; i++) {
        CHECK(curfew_pool_submit(pool, do_no_job, NULL) == 0);
    }
    if (hand_back) {
        CHECK(curfew_pool_cancel(pool, CURFEW_NO_DEADLINE, &jobs, &count) == 0);
        CHECK(count == 3);
    }
    free(jobs);
    curfew_pool_unref(pool);
}

static void end_pools(void)
{
    end_pool(true);
    end_pool(false);
}

static void test_debt_of_each_job_is_settled_unless_it_is_dropped(void **state)
{
    (void)state;
    unsigned owed = 0;
    unsigned settled = 0;
    assert_passes_attached(end_pools);
    for (size_t i = 0; i < CURFEW_LEDGER_ENTRIES; i++) {
        struct curfew_debt_entry *entry = &ledger->entries[i];
        bool is_worker = entry->kind == CURFEW_DEBT_THREAD;
        assert_int_equal(entry->twice, 0);
        owed += is_worker ? 0 : entry->owed;
        settled += is_worker ? 0 : entry->settled;
        assert_true(!is_worker || entry->owed == entry->settled);
    }
    assert_int_equal(owed, 8);
    assert_int_equal(settled, 5); /* all but the three that were dropped */
    ledger_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_without_a_ledger_do_nothing),
        cmocka_unit_test(test_attach_to_what_is_no_ledger_is_refused),
        cmocka_unit_test(test_attach_claims_the_ledger_once),
        cmocka_unit_test(test_debts_are_counted_by_name_and_number),
        cmocka_unit_test(test_debts_of_several_threads_lose_no_count),
        cmocka_unit_test(test_debts_of_a_handler_are_counted),
        cmocka_unit_test(test_debts_beyond_the_room_are_told),
        cmocka_unit_test(test_debts_that_are_settled_make_room),
        cmocka_unit_test(test_fork_child_writes_nothing),
        cmocka_unit_test(test_debt_of_each_worker_is_owed_and_settled_by_the_library),
        cmocka_unit_test(test_debt_of_each_job_is_settled_unless_it_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
