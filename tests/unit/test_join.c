/* SPDX-License-Identifier: MIT
 *
 * test_join.c -- curfew_group_join of curfew/group.h, with its late[], and phases.
 */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A worker that leaves only when its gate is open, then cleans until the second one is. */
struct slow {
    struct gate leave;
    struct gate clean;
    struct curfew_group *group; /* read-only */
    atomic_bool stopped;
    atomic_bool cleaning;
    atomic_bool home;
    atomic_int tid;
    uint32_t id;
};

static void slow_init(struct slow *slow, struct curfew_group *group)
{
    static const struct gate closed = GATE_INIT;
    *slow = (struct slow){ .leave = closed, .clean = closed, .group = group };
}

static void clean_slowly(void *context)
{
    struct slow *slow = context;
    atomic_store(&slow->cleaning, true);
    gate_wait(&slow->clean);
    atomic_store(&slow->home, true);
}

static int leave_slowly(struct curfew_worker *self, void *context)
{
    struct slow *slow = context;
    CHECK(curfew_worker_defer(self, clean_slowly, slow) == 0);
    atomic_store(&slow->tid, gettid());
    CHECK(curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE) == 0);
    atomic_store(&slow->stopped, true);
    gate_wait(&slow->leave);
    return 0;
}

static void slow_start(struct slow *slow, const char *name, unsigned phase)
{
    CHECK(curfew_group_spawn(slow->group, name, leave_slowly, slow, CURFEW_WORKER_PHASE(phase),
                             &slow->id) == 0);
    AWAIT(atomic_load(&slow->tid) != 0);
}

static void slow_release(struct slow *slow)
{
    gate_open(&slow->leave);
    gate_open(&slow->clean);
}

static struct curfew_group *group_new(struct curfew_stop *parent, unsigned phases)
{
    struct curfew_group *group = NULL;
    CHECK(curfew_group_new(parent, phases, &group) == 0);
    return group;
}

static void count_up(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

static void test_join_of_an_empty_group_is_done_and_repeatable(void **state)
{
    (void)state;
    atomic_int cleaned = 0;
    struct curfew_group *group = group_new(NULL, 1);
    struct curfew_late late = { .id = 4711 };
    size_t count = 1;
    assert_int_equal(curfew_group_defer(group, count_up, &cleaned), 0);
    assert_int_equal(curfew_group_join(group, SUPPORT_PAST, &late, &count), 0);
    assert_int_equal(curfew_group_join(group, CURFEW_NO_DEADLINE, &late, &count), 0);
    assert_int_equal(late.id, 4711); /* written only for -ETIMEDOUT */
    assert_int_equal(count, 1);
    assert_int_equal(cleaned, 1);
    curfew_group_free(group);
    assert_int_equal(cleaned, 1);
}

static void test_join_after_the_deadline_names_the_late(void **state)
{
    (void)state;
    static const char long_name[] = "a name of more than thirty-one bytes";
    struct curfew_group *group = group_new(NULL, 1);
    struct slow slow[2];
    struct curfew_late late[3] = { { .id = 1 }, { .id = 2 }, { .id = 4711 } };
    size_t count = 3;
    slow_init(&slow[0], group);
    slow_init(&slow[1], group);
    uint64_t before_ns = curfew_deadline_after(0);
    slow_start(&slow[0], "first", 0);
    slow_start(&slow[1], long_name, 0);

    /* Nobody is asked: how long they have run. */
    uint64_t deadline_ns = curfew_deadline_after(10 * SUPPORT_MS_NS);
    assert_int_equal(curfew_group_join(group, deadline_ns, late, &count), -ETIMEDOUT);
    assert_true(curfew_deadline_after(0) >= deadline_ns);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(late[i].id, slow[i].id);
        assert_int_equal(late[i].tid, slow[i].tid);
        assert_int_equal(late[i].phase, 0);
        assert_false(late[i].asked);
        assert_false(late[i].cleaning);
        assert_true(late[i].for_ns >= 10 * SUPPORT_MS_NS);
        assert_true(late[i].for_ns <= curfew_deadline_after(0) - before_ns);
    }
    assert_string_equal(late[0].name, "first");
    assert_int_equal(strlen(late[1].name), 31);
    assert_memory_equal(late[1].name, long_name, 31);
    assert_int_equal(late[2].id, 4711);

    /* One is asked, then cleans: how long ago that was. */
    before_ns = curfew_deadline_after(0);
    assert_int_equal(curfew_group_stop_worker(group, slow[0].id, SIGTERM), 0);
    gate_open(&slow[0].leave);
    AWAIT(atomic_load(&slow[0].cleaning));
    count = 1; /* room for one; the number is told all the same */
    late[1].id = 4711;
    assert_int_equal(curfew_group_join(group, SUPPORT_PAST, late, &count), -ETIMEDOUT);
    assert_int_equal(count, 2);
    assert_true(late[0].asked);
    assert_true(late[0].cleaning);
    assert_true(late[0].for_ns <= curfew_deadline_after(0) - before_ns);
    assert_int_equal(late[1].id, 4711);
    count = 0;
    assert_int_equal(curfew_group_join(group, SUPPORT_PAST, NULL, &count), -ETIMEDOUT);
    assert_int_equal(count, 2);
    assert_int_equal(curfew_group_join(group, SUPPORT_PAST, NULL, NULL), -ETIMEDOUT);
    assert_int_equal(curfew_group_live(group), 2);

    /* Both are asked by a parent of their stops; the first is home already. */
    gate_open(&slow[0].clean);
    AWAIT(curfew_group_live(group) == 1);
    assert_true(curfew_group_stop(group, SIGTERM));
    AWAIT(atomic_load(&slow[1].stopped));
    count = 3;
    deadline_ns = curfew_deadline_after(5 * SUPPORT_MS_NS);
    assert_int_equal(curfew_group_join(group, deadline_ns, late, &count), -ETIMEDOUT);
    assert_int_equal(late[count - 1].id, slow[1].id);
    assert_true(late[count - 1].asked);
    assert_false(late[count - 1].cleaning);
    slow_release(&slow[1]);
    assert_int_equal(curfew_group_join(group, support_hang_deadline(), late, &count), 0);
    assert_true(slow[0].home && slow[1].home);
    curfew_group_free(group);
}

static int stay_until_stopped(struct curfew_worker *self, void *context)
{
    (void)context;
    return curfew_stop_wait(curfew_worker_get_stop(self), support_hang_deadline());
}

static void test_join_after_the_deadline_does_not_name_daemons(void **state)
{
    (void)state;
    struct curfew_group *group = group_new(NULL, 1);
    struct curfew_late late[3];
    size_t count = ARRAY_LENGTH(late);
    uint32_t id;
    assert_int_equal(
        curfew_group_spawn(group, "d", stay_until_stopped, NULL, CURFEW_WORKER_DAEMON, NULL), 0);
    assert_int_equal(curfew_group_spawn(group, "w", stay_until_stopped, NULL, 0, &id), 0);
    assert_int_equal(curfew_group_join(group, SUPPORT_PAST, late, &count), -ETIMEDOUT);
    assert_int_equal(count, 1);
    assert_int_equal(late[0].id, id);
    assert_true(curfew_group_stop(group, SIGTERM));
    assert_int_equal(curfew_group_join(group, support_hang_deadline(), NULL, NULL), 0);
    curfew_group_free(group);
}

/* A thread is home when it has ended: also what runs after the worker is waited for. */
static pthread_key_t key;
static struct gate destructor_may_end = GATE_INIT;
static atomic_bool destructor_runs;
static atomic_bool destructor_ended;

static void destroy_slowly(void *value)
{
    (void)value;
    atomic_store(&destructor_runs, true);
    gate_wait(&destructor_may_end);
    atomic_store(&destructor_ended, true);
}

static int set_specific(struct curfew_worker *self, void *context)
{
    (void)context;
    CHECK(pthread_setspecific(key, self) == 0);
    return 0;
}

static void test_join_waits_for_thread_specific_destructors(void **state)
{
    (void)state;
    struct curfew_group *group = group_new(NULL, 1);
    struct curfew_late late = { .id = 0 };
    size_t count = 1;
    uint32_t id;
    assert_int_equal(pthread_key_create(&key, destroy_slowly), 0);
    assert_int_equal(curfew_group_spawn(group, "w", set_specific, NULL, 0, &id), 0);
    AWAIT(atomic_load(&destructor_runs));
    assert_int_equal(
        curfew_group_join(group, curfew_deadline_after(2 * SUPPORT_MS_NS), &late, &count),
        -ETIMEDOUT);
    assert_int_equal(count, 1);
    assert_int_equal(late.id, id);
    gate_open(&destructor_may_end);
    assert_int_equal(curfew_group_join(group, support_hang_deadline(), NULL, NULL), 0);
    assert_true(destructor_ended);
    curfew_group_free(group);
    assert_int_equal(pthread_key_delete(key), 0);
}

struct joiners {
    struct curfew_group *group;
    pthread_barrier_t start;
    atomic_int cleaned;
    struct gate clean;
    atomic_bool cleaning;
};

static void clean_group_slowly(void *context)
{
    struct joiners *joiners = context;
    atomic_store(&joiners->cleaning, true);
    gate_wait(&joiners->clean);
    CHECK(curfew_group_join(joiners->group, SUPPORT_PAST, NULL, NULL) == -EDEADLK);
    atomic_fetch_add(&joiners->cleaned, 1);
}

static void *join_group(void *context)
{
    struct joiners *joiners = context;
    (void)pthread_barrier_wait(&joiners->start);
    CHECK(curfew_group_join(joiners->group, CURFEW_NO_DEADLINE, NULL, NULL) == 0);
    CHECK(atomic_load(&joiners->cleaned) == 1);
    return NULL;
}

static void *join_until_destroyed(void *group)
{
    CHECK(curfew_group_join(group, support_hang_deadline(), NULL, NULL) == 0);
    CHECK(atomic_load(&destructor_ended));
    return NULL;
}

static void test_join_by_two_waits_for_the_thread_that_one_of_them_joins(void **state)
{
    (void)state;
    struct curfew_group *group = group_new(NULL, 1);
    pthread_t threads[2];
    destructor_may_end.open = false;
    atomic_store(&destructor_runs, false);
    atomic_store(&destructor_ended, false);
    assert_int_equal(pthread_key_create(&key, destroy_slowly), 0);
    assert_int_equal(curfew_group_spawn(group, "w", set_specific, NULL, 0, NULL), 0);
    AWAIT(atomic_load(&destructor_runs));
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        threads[i] = support_start(join_until_destroyed, group);
    }
    gate_open(&destructor_may_end);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        support_join(threads[i]);
    }
    curfew_group_free(group);
    assert_int_equal(pthread_key_delete(key), 0);
}

static int do_nothing(struct curfew_worker *self, void *context)
{
    (void)self;
    (void)context;
    return 0;
}

static void test_join_by_several_threads_returns_after_the_cleanups(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct joiners joiners = { .group = group_new(NULL, 1), .clean = GATE_INIT };
        pthread_t threads[4];
        assert_int_equal(pthread_barrier_init(&joiners.start, NULL, ARRAY_LENGTH(threads)), 0);
        assert_int_equal(curfew_group_defer(joiners.group, clean_group_slowly, &joiners), 0);
        for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
            assert_int_equal(curfew_group_spawn(joiners.group, "w", do_nothing, NULL, 0, NULL), 0);
            threads[i] = support_start(join_group, &joiners);
        }
        AWAIT(atomic_load(&joiners.cleaning));
        /* Another thread cleans: nobody is late, but it is not done either. */
        assert_int_equal(curfew_group_join(joiners.group, SUPPORT_PAST, NULL, NULL), -ETIMEDOUT);
        gate_open(&joiners.clean);
        for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
            support_join(threads[i]);
        }
        curfew_group_free(joiners.group);
        assert_int_equal(joiners.cleaned, 1);
        assert_int_equal(pthread_barrier_destroy(&joiners.start), 0);
    }
}

static int join_own_group(struct curfew_worker *self, void *context)
{
    struct curfew_group *other = context;
    struct curfew_group *own = curfew_worker_get_group(self);
    CHECK(curfew_group_join(own, CURFEW_NO_DEADLINE, NULL, NULL) == -EDEADLK);
    CHECK(curfew_group_join(own, SUPPORT_PAST, NULL, NULL) == -EDEADLK);
    CHECK(curfew_group_join(other, CURFEW_NO_DEADLINE, NULL, NULL) == 0);
    return 0;
}

static void test_join_by_a_worker_of_the_group_is_a_deadlock(void **state)
{
    (void)state;
    struct curfew_group *group = group_new(NULL, 1);
    struct curfew_group *other = group_new(NULL, 1);
    assert_int_equal(curfew_group_spawn(other, "other", do_nothing, NULL, 0, NULL), 0);
    assert_int_equal(curfew_group_spawn(group, "w", join_own_group, other, 0, NULL), 0);
    assert_int_equal(curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    curfew_group_free(group);
    curfew_group_free(other);
}

static void *join_and_be_cancelled(void *context)
{
    struct joiners *joiners = context;
    CHECK(pthread_cancel(pthread_self()) == 0); /* pending; must not strike inside */
    CHECK(curfew_group_join(joiners->group, SUPPORT_PAST, NULL, NULL) == -ETIMEDOUT);
    atomic_fetch_add(&joiners->cleaned, 1);
    pthread_testcancel();
    return NULL;
}

static void test_join_by_a_cancelled_thread_leaves_no_lock_behind(void **state)
{
    (void)state;
    struct joiners joiners = { .group = group_new(NULL, 1) };
    struct slow slow;
    slow_init(&slow, joiners.group);
    slow_start(&slow, "w", 0);
    support_join(support_start(join_and_be_cancelled, &joiners));
    assert_int_equal(joiners.cleaned, 1);
    slow_release(&slow);
    assert_true(curfew_group_stop(joiners.group, 1));
    assert_int_equal(curfew_group_join(joiners.group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    curfew_group_free(joiners.group);
}

/* ---- phases ---- */

#define PHASES 4 /* the third is empty */

struct phased {
    struct curfew_group *group;
    struct slow slow[PHASES][2];
};

static void phased_start(struct phased *phased, struct curfew_stop *parent)
{
    phased->group = group_new(parent, PHASES);
    for (unsigned phase = 0; phase < PHASES; phase++) {
        for (size_t i = 0; i < 2; i++) {
            slow_init(&phased->slow[phase][i], phased->group);
            if (phase != 2) {
                slow_start(&phased->slow[phase][i], "w", phase);
            }
        }
    }
}

/* With the stop under way: each phase is asked only when those above are home. */
static void phased_check_order(struct phased *phased)
{
    for (unsigned phase = PHASES; phase-- > 0;) {
        if (phase == 2) {
            continue;
        }
        for (size_t i = 0; i < 2; i++) {
            AWAIT(atomic_load(&phased->slow[phase][i].stopped));
        }
        struct curfew_late late[2 * PHASES];
        size_t count = ARRAY_LENGTH(late);
        CHECK(curfew_group_join(phased->group, SUPPORT_PAST, late, &count) == -ETIMEDOUT);
        for (size_t i = 0; i < count; i++) {
            CHECK(late[i].phase <= phase || late[i].cleaning);
            CHECK(late[i].asked == (late[i].phase >= phase));
        }
        for (unsigned lower = 0; lower < phase; lower++) {
            CHECK(!atomic_load(&phased->slow[lower][0].stopped));
            CHECK(!atomic_load(&phased->slow[lower][1].stopped));
        }
        slow_release(&phased->slow[phase][0]);
        AWAIT(atomic_load(&phased->slow[phase][0].home));
        CHECK(phase == 0 || !atomic_load(&phased->slow[0][0].stopped)); /* one is still out */
        slow_release(&phased->slow[phase][1]);
    }
    AWAIT(curfew_group_live(phased->group) == 0);
    CHECK(curfew_group_join(phased->group, CURFEW_NO_DEADLINE, NULL, NULL) == 0);
}

static void test_phases_stop_from_the_highest_down(void **state)
{
    (void)state;
    struct phased phased;
    phased_start(&phased, NULL);
    assert_true(curfew_group_stop(phased.group, SIGTERM));
    phased_check_order(&phased);
    curfew_group_free(phased.group);
}

static void test_phases_stop_when_only_an_ancestor_is_requested(void **state)
{
    (void)state;
    struct curfew_stop top = CURFEW_STOP_INIT;
    struct curfew_stop parent;
    struct phased phased;
    assert_int_equal(curfew_stop_init(&parent, &top, CURFEW_NO_DEADLINE), 0);
    phased_start(&phased, &parent);
    assert_true(curfew_stop_request(&top, SIGTERM));
    phased_check_order(&phased);
    curfew_group_free(phased.group);
    curfew_stop_fini(&parent);
    curfew_stop_fini(&top);
}

static void test_phases_stop_at_the_parents_deadline(void **state)
{
    (void)state;
    struct curfew_stop parent;
    struct phased phased;
    /* Beyond the time it takes to start: workers spawned after it would be refused. */
    assert_int_equal(curfew_stop_init(&parent, NULL, curfew_deadline_after(1500 * SUPPORT_MS_NS)),
                     0);
    phased_start(&phased, &parent);
    phased_check_order(&phased);
    assert_int_equal(curfew_stop_reason(curfew_group_get_stop(phased.group)),
                     CURFEW_REASON_DEADLINE);
    curfew_group_free(phased.group);
    curfew_stop_fini(&parent);
}

static void test_phases_stop_at_the_parents_deadline_while_the_service_sleeps(void **state)
{
    (void)state;
    struct curfew_group *other; /* keeps the service thread, which has nothing to do for it */
    assert_int_equal(curfew_group_new(NULL, 2, &other), 0);
    test_phases_stop_at_the_parents_deadline(state);
    curfew_group_free(other);
}

static int wait_for_stop(struct curfew_worker *self, void *context)
{
    (void)context;
    return curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE);
}

static void test_phases_without_a_joiner_come_home_by_themselves(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        struct curfew_stop parent = CURFEW_STOP_INIT;
        struct curfew_group *group = group_new(&parent, CURFEW_GROUP_PHASES_MAX);
        for (unsigned phase = 0; phase < CURFEW_GROUP_PHASES_MAX; phase += 3) {
            assert_int_equal(curfew_group_spawn(group, "w", wait_for_stop, NULL,
                                                CURFEW_WORKER_PHASE(phase), NULL),
                             0);
        }
        assert_true(round % 2 == 0 ? curfew_stop_request(&parent, 1) : curfew_group_stop(group, 1));
        AWAIT(curfew_group_live(group) == 0);
        curfew_group_free(group);
        curfew_stop_fini(&parent);
    }
}

static int fail_at_once(struct curfew_worker *self, void *context)
{
    (void)self;
    (void)context;
    return -EIO;
}

static void test_phases_stop_in_order_after_a_failure_below(void **state)
{
    (void)state;
    struct phased phased;
    phased_start(&phased, NULL);
    assert_int_equal(curfew_group_spawn(phased.group, "bad", fail_at_once, NULL,
                                        CURFEW_WORKER_FAIL_STOPS_ALL | CURFEW_WORKER_PHASE(0),
                                        NULL),
                     0);
    phased_check_order(&phased);
    assert_int_equal(curfew_stop_reason(curfew_group_get_stop(phased.group)),
                     CURFEW_REASON_FAILURE);
    curfew_group_free(phased.group);
}

static int wait_and_tell(struct curfew_worker *self, void *context)
{
    CHECK(curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE) == 0);
    gate_open(context);
    return 0;
}

struct racing_spawn {
    struct curfew_group *group;
    struct gate *stopped;
};

static void *spawn_one(void *context)
{
    const struct racing_spawn *spawn = context;
    int status = curfew_group_spawn(spawn->group, "w", wait_and_tell, spawn->stopped,
                                    CURFEW_WORKER_PHASE(0), NULL);
    CHECK(status == 0 || status == -ECANCELED);
    return NULL;
}

/* The highest phase is empty and nobody joins, so only the service can pass the stop on; and a
 * spawn may hold the group's lock just then. */
static void test_phases_without_a_joiner_stop_while_a_worker_is_spawned(void **state)
{
    (void)state;
    struct curfew_stop parent = CURFEW_STOP_INIT;
    struct gate stopped = GATE_INIT;
    struct racing_spawn spawn = { .stopped = &stopped };
    assert_int_equal(curfew_group_new(&parent, 2, &spawn.group), 0);
    assert_int_equal(curfew_group_spawn(spawn.group, "first", wait_and_tell, &stopped,
                                        CURFEW_WORKER_PHASE(0), NULL),
                     0);
    pthread_t spawning = support_start(spawn_one, &spawn);
    assert_true(curfew_stop_request(&parent, 1));
    gate_wait(&stopped);
    support_join(spawning);
    assert_int_equal(curfew_group_join(spawn.group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    curfew_group_free(spawn.group);
    curfew_stop_fini(&parent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join_of_an_empty_group_is_done_and_repeatable),
        cmocka_unit_test(test_join_after_the_deadline_names_the_late),
        cmocka_unit_test(test_join_after_the_deadline_does_not_name_daemons),
        cmocka_unit_test(test_join_waits_for_thread_specific_destructors),
        cmocka_unit_test(test_join_by_two_waits_for_the_thread_that_one_of_them_joins),
        cmocka_unit_test(test_join_by_several_threads_returns_after_the_cleanups),
        cmocka_unit_test(test_join_by_a_worker_of_the_group_is_a_deadlock),
        cmocka_unit_test(test_join_by_a_cancelled_thread_leaves_no_lock_behind),
        cmocka_unit_test(test_phases_stop_from_the_highest_down),
        cmocka_unit_test(test_phases_stop_when_only_an_ancestor_is_requested),
        cmocka_unit_test(test_phases_stop_at_the_parents_deadline),
        cmocka_unit_test(test_phases_stop_at_the_parents_deadline_while_the_service_sleeps),
        cmocka_unit_test(test_phases_without_a_joiner_come_home_by_themselves),
        cmocka_unit_test(test_phases_stop_in_order_after_a_failure_below),
        cmocka_unit_test(test_phases_without_a_joiner_stop_while_a_worker_is_spawned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
