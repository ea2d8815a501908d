/* SPDX-License-Identifier: MIT
 *
 * test_pool.c -- curfew/pool.h: every job is run once or handed back once; none is lost.
 */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static struct curfew_pool *pool_new(unsigned threads, size_t capacity, struct curfew_stop *parent)
{
    struct curfew_pool *pool = NULL;
    CHECK(curfew_pool_new("pool", threads, capacity, parent, &pool) == 0);
    CHECK(pool != NULL);
    return pool;
}

/* What became of a job. */
struct item {
    atomic_int ran;
    atomic_int handed_back;
};

static void run_item(struct curfew_stop *stop, void *context)
{
    struct item *item = context;
    CHECK(stop != NULL);
    atomic_fetch_add(&item->ran, 1);
}

/* A job that holds its thread until it is let go. */
struct block {
    struct gate leave;
    atomic_bool running;
    atomic_bool saw_stop;
    bool until_stop; /* leaves at the stop instead */
};

static void run_block(struct curfew_stop *stop, void *context)
{
    struct block *block = context;
    atomic_store(&block->running, true);
    if (block->until_stop) {
        CHECK(curfew_stop_wait(stop, CURFEW_NO_DEADLINE) == 0);
    } else {
        gate_wait(&block->leave);
    }
    atomic_store(&block->saw_stop, curfew_stop_is_requested(stop));
}

static void submit_block(struct curfew_pool *pool, struct block *block)
{
    CHECK(curfew_pool_submit(pool, run_block, block) == 0);
    AWAIT(atomic_load(&block->running));
}

/* Cancels, notes what comes back, and gives its number. */
static size_t cancel(struct curfew_pool *pool, uint64_t deadline_ns, int expected)
{
    struct curfew_job *jobs = NULL;
    size_t count = 0;
    CHECK(curfew_pool_cancel(pool, deadline_ns, &jobs, &count) == expected);
    CHECK((jobs == NULL) == (count == 0));
    for (size_t i = 0; i < count; i++) {
        struct item *item = jobs[i].context;
        CHECK(jobs[i].fn == run_item);
        atomic_fetch_add(&item->handed_back, 1);
    }
    free(jobs);
    return count;
}

static void test_new_with_wrong_arguments_is_refused(void **state)
{
    (void)state;
    struct curfew_pool *const marker = (struct curfew_pool *)state;
    struct curfew_pool *pool = marker;
    struct curfew_stop parent = CURFEW_STOP_INIT;
    unsigned threads = support_count_threads();
    assert_int_equal(curfew_pool_new(NULL, 1, 0, NULL, &pool), -EINVAL);
    assert_int_equal(curfew_pool_new("", 1, 0, NULL, &pool), -EINVAL);
    assert_int_equal(curfew_pool_new("p", 0, 0, NULL, &pool), -EINVAL);
    assert_true(curfew_stop_request(&parent, 1));
    assert_int_equal(curfew_pool_new("p", 4, 0, &parent, &pool), -ECANCELED);
    assert_ptr_equal(pool, marker);
    AWAIT(support_count_threads() == threads);
    curfew_pool_unref(NULL);
    curfew_stop_fini(&parent);
}

static void test_drain_runs_every_job_then_refuses(void **state)
{
    (void)state;
    static struct item items[2000];
    struct curfew_pool *pool = pool_new(4, 0, NULL);
    struct block block = { .leave = GATE_INIT };
    submit_block(pool, &block);
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        assert_int_equal(curfew_pool_submit(pool, run_item, &items[i]), 0);
    }
    assert_int_equal(curfew_pool_drain(pool, curfew_deadline_after(SUPPORT_MS_NS)), -ETIMEDOUT);
    assert_int_equal(curfew_pool_submit(pool, run_item, &items[0]), -ECANCELED);
    gate_open(&block.leave);
    for (int round = 0; round < 2; round++) { /* repeatable */
        assert_int_equal(curfew_pool_drain(pool, support_hang_deadline()), 0);
    }
    assert_false(block.saw_stop); /* drain asks nobody to stop */
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        assert_int_equal(items[i].ran, 1);
    }
    assert_int_equal(cancel(pool, CURFEW_NO_DEADLINE, 0), 0);
    assert_int_equal(curfew_pool_submit(pool, run_item, &items[0]), -ECANCELED);
    curfew_pool_unref(pool);
    assert_int_equal(items[0].ran, 1);
}

static void test_cancel_hands_back_what_never_ran_oldest_first(void **state)
{
    (void)state;
    static struct item items[100];
    struct curfew_pool *pool = pool_new(2, 0, NULL);
    struct block blocks[2] = { { .until_stop = true }, { .leave = GATE_INIT } };
    struct curfew_job *jobs = NULL;
    size_t count = 0;
    submit_block(pool, &blocks[0]);
    submit_block(pool, &blocks[1]);
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        assert_int_equal(curfew_pool_submit(pool, run_item, &items[i]), 0);
    }
    /* One job leaves at the stop; the other does not, and is waited for. */
    assert_int_equal(curfew_pool_cancel(pool, curfew_deadline_after(SUPPORT_MS_NS), &jobs, &count),
                     -ETIMEDOUT);
    assert_int_equal(count, ARRAY_LENGTH(items)); /* handed back all the same */
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(jobs[i].context, &items[i]);
        assert_true(jobs[i].fn == run_item);
    }
    free(jobs);
    assert_int_equal(cancel(pool, SUPPORT_PAST, -ETIMEDOUT), 0); /* each by one call only */
    gate_open(&blocks[1].leave);
    assert_int_equal(cancel(pool, CURFEW_NO_DEADLINE, 0), 0);
    assert_true(blocks[0].saw_stop && blocks[1].saw_stop);
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        assert_int_equal(items[i].ran, 0);
    }
    curfew_pool_unref(pool);
}

static void test_submit_beyond_capacity_is_refused(void **state)
{
    (void)state;
    struct item items[4] = { { 0 } };
    struct curfew_pool *pool = pool_new(1, 3, NULL);
    struct block block = { .leave = GATE_INIT };
    submit_block(pool, &block); /* runs: no longer in the queue */
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(curfew_pool_submit(pool, run_item, &items[i]), 0);
    }
    assert_int_equal(curfew_pool_submit(pool, run_item, &items[3]), -EAGAIN);
    gate_open(&block.leave);
    AWAIT(atomic_load(&items[2].ran) == 1);
    assert_int_equal(curfew_pool_submit(pool, run_item, &items[3]), 0); /* room again */
    assert_int_equal(curfew_pool_drain(pool, CURFEW_NO_DEADLINE), 0);
    assert_int_equal(items[3].ran, 1);
    curfew_pool_unref(pool);
}

static void test_parent_stop_is_a_cancel(void **state)
{
    (void)state;
    struct item items[10] = { { 0 } };
    struct curfew_stop parent = CURFEW_STOP_INIT;
    struct curfew_pool *pool = pool_new(1, 0, &parent);
    struct block block = { .until_stop = true };
    submit_block(pool, &block);
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        assert_int_equal(curfew_pool_submit(pool, run_item, &items[i]), 0);
    }
    assert_true(curfew_stop_request(&parent, SIGTERM));
    assert_int_equal(curfew_pool_submit(pool, run_item, &items[0]), -ECANCELED);
    assert_int_equal(curfew_pool_drain(pool, CURFEW_NO_DEADLINE), -ECANCELED); /* jobs remain */
    assert_true(block.saw_stop);
    assert_int_equal(cancel(pool, CURFEW_NO_DEADLINE, 0), 10);
    assert_int_equal(curfew_pool_drain(pool, CURFEW_NO_DEADLINE), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        assert_int_equal(items[i].ran, 0);
        assert_int_equal(items[i].handed_back, 1);
    }
    curfew_pool_unref(pool);
    curfew_stop_fini(&parent);
}

static void run_deadlock(struct curfew_stop *stop, void *context)
{
    struct curfew_pool *pool = context;
    struct curfew_job *jobs = NULL;
    size_t count = 4711;
    (void)stop;
    CHECK(curfew_pool_drain(pool, CURFEW_NO_DEADLINE) == -EDEADLK);
    CHECK(curfew_pool_cancel(pool, CURFEW_NO_DEADLINE, &jobs, &count) == -EDEADLK);
    CHECK(jobs == NULL && count == 4711);
    curfew_pool_unref(curfew_pool_ref(pool)); /* not the last one: fine */
}

static void submit_more(struct curfew_stop *stop, void *context)
{
    struct curfew_pool *pool = context;
    static atomic_int left = 50;
    (void)stop;
    if (atomic_fetch_sub(&left, 1) > 0) {
        int status = curfew_pool_submit(pool, submit_more, pool);
        CHECK(status == 0 || status == -ECANCELED);
    }
}

static void test_drain_and_cancel_by_a_job_are_deadlocks(void **state)
{
    (void)state;
    struct curfew_pool *pool = pool_new(2, 0, NULL);
    assert_int_equal(curfew_pool_submit(pool, run_deadlock, pool), 0);
    assert_int_equal(curfew_pool_submit(pool, submit_more, pool), 0);
    assert_int_equal(curfew_pool_drain(pool, CURFEW_NO_DEADLINE), 0);
    curfew_pool_unref(pool);
}

static void test_unref_of_the_last_drops_what_is_queued_and_waits(void **state)
{
    (void)state;
    struct item items[10] = { { 0 } };
    unsigned threads = support_count_threads();
    struct block block = { .until_stop = true };
    struct curfew_pool *pool = pool_new(1, 0, NULL);
    submit_block(pool, &block);
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        assert_int_equal(curfew_pool_submit(pool, run_item, &items[i]), 0);
    }
    curfew_pool_unref(curfew_pool_ref(pool));
    assert_false(block.saw_stop);
    curfew_pool_unref(pool);
    assert_true(block.saw_stop);
    for (size_t i = 0; i < ARRAY_LENGTH(items); i++) {
        assert_int_equal(items[i].ran, 0);
    }
    AWAIT(support_count_threads() == threads);
}

static void test_idle_threads_go_home(void **state)
{
    (void)state;
    unsigned threads = support_count_threads();
    for (int round = 0; round < 4; round++) {
        struct curfew_stop parent = CURFEW_STOP_INIT;
        struct curfew_pool *pool = pool_new(64, 0, &parent);
        if (round == 0) {
            assert_int_equal(curfew_pool_drain(pool, CURFEW_NO_DEADLINE), 0);
        } else if (round == 1) {
            assert_int_equal(cancel(pool, CURFEW_NO_DEADLINE, 0), 0);
        } else if (round == 2) {
            assert_true(curfew_stop_request(&parent, 1));
            assert_int_equal(curfew_pool_drain(pool, CURFEW_NO_DEADLINE), 0);
        }
        curfew_pool_unref(pool);
        curfew_stop_fini(&parent);
        AWAIT(support_count_threads() == threads);
    }
}

/* ---- races ---- */

#define RACE_ITEMS 64

struct race {
    struct curfew_pool *pool;
    struct curfew_stop parent;
    pthread_barrier_t start;
    uint64_t seed; /* of this round */
    struct item items[RACE_ITEMS];
    bool accepted[RACE_ITEMS]; /* the submitter's */
};

static void linger(uint64_t *seed)
{
    for (uint64_t yields = support_random(seed) % 6; yields > 0; yields--) {
        sched_yield();
    }
}

static void *race_submit(void *context)
{
    struct race *race = context;
    uint64_t seed = race->seed + 1;
    (void)pthread_barrier_wait(&race->start);
    for (size_t i = 0; i < RACE_ITEMS; i++) {
        int status = curfew_pool_submit(race->pool, run_item, &race->items[i]);
        CHECK(status == 0 || status == -ECANCELED || status == -EAGAIN);
        race->accepted[i] = status == 0;
        if (i % 16 == 0) {
            linger(&seed);
        }
    }
    curfew_pool_unref(race->pool);
    return NULL;
}

static void *race_drain(void *context)
{
    struct race *race = context;
    uint64_t seed = race->seed + 2;
    (void)pthread_barrier_wait(&race->start);
    linger(&seed);
    int status = curfew_pool_drain(race->pool, support_hang_deadline());
    CHECK(status == 0 || status == -ECANCELED);
    curfew_pool_unref(race->pool);
    return NULL;
}

static void *race_cancel(void *context)
{
    struct race *race = context;
    uint64_t seed = race->seed + 3;
    (void)pthread_barrier_wait(&race->start);
    linger(&seed);
    if (race->seed % 3 == 0) {
        (void)curfew_stop_request(&race->parent, 1);
    }
    (void)cancel(race->pool, support_hang_deadline(), 0);
    curfew_pool_unref(race->pool);
    return NULL;
}

static void run_race(uint64_t round, void *(*const *rivals)(void *), size_t rival_count)
{
    static struct race race;
    pthread_t threads[4];
    CHECK(rival_count <= ARRAY_LENGTH(threads));
    race = (struct race){ .parent = CURFEW_STOP_INIT, .seed = round * 1000 };
    race.pool = pool_new(1 + (unsigned)(round % 3), round % 5 == 0 ? 16 : 0, &race.parent);
    CHECK(pthread_barrier_init(&race.start, NULL, (unsigned)rival_count) == 0);
    for (size_t i = 0; i < rival_count; i++) {
        (void)curfew_pool_ref(race.pool);
        threads[i] = support_start(rivals[i], &race);
    }
    for (size_t i = 0; i < rival_count; i++) {
        support_join(threads[i]);
    }
    (void)cancel(race.pool, CURFEW_NO_DEADLINE, 0); /* what the parent's stop left in the queue */
    curfew_pool_unref(race.pool);
    for (size_t i = 0; i < RACE_ITEMS; i++) {
        int seen = race.items[i].ran + race.items[i].handed_back;
        assert_int_equal(seen, race.accepted[i]); /* none lost, none twice */
    }
    CHECK(pthread_barrier_destroy(&race.start) == 0);
    curfew_stop_fini(&race.parent);
}

static void test_racing_submit_and_cancel_lose_no_job(void **state)
{
    (void)state;
    void *(*const rivals[])(void *) = { race_submit, race_cancel };
    for (uint64_t round = 0; round < 600; round++) {
        run_race(round, rivals, ARRAY_LENGTH(rivals));
    }
}

static void test_racing_submit_and_drain_lose_no_job(void **state)
{
    (void)state;
    void *(*const rivals[])(void *) = { race_submit, race_drain };
    for (uint64_t round = 0; round < 400; round++) {
        run_race(round, rivals, ARRAY_LENGTH(rivals));
    }
}

static void test_racing_drain_cancel_and_unref_by_many_lose_no_job(void **state)
{
    (void)state;
    void *(*const rivals[])(void *) = { race_submit, race_drain, race_cancel, race_cancel };
    for (uint64_t round = 0; round < 600; round++) {
        run_race(round, rivals, ARRAY_LENGTH(rivals));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_with_wrong_arguments_is_refused),
        cmocka_unit_test(test_drain_runs_every_job_then_refuses),
        cmocka_unit_test(test_cancel_hands_back_what_never_ran_oldest_first),
        cmocka_unit_test(test_submit_beyond_capacity_is_refused),
        cmocka_unit_test(test_parent_stop_is_a_cancel),
        cmocka_unit_test(test_drain_and_cancel_by_a_job_are_deadlocks),
        cmocka_unit_test(test_unref_of_the_last_drops_what_is_queued_and_waits),
        cmocka_unit_test(test_idle_threads_go_home),
        cmocka_unit_test(test_racing_submit_and_cancel_lose_no_job),
        cmocka_unit_test(test_racing_submit_and_drain_lose_no_job),
        cmocka_unit_test(test_racing_drain_cancel_and_unref_by_many_lose_no_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
