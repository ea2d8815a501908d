/* SPDX-License-Identifier: MIT
 *
 * test_group.c -- curfew/group.h: spawning, masks, cleanups, stopping, failures, daemons.
 * Joining and phases have files of their own.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct curfew_group *group_new(struct curfew_stop *parent)
{
    struct curfew_group *group = NULL;
    CHECK(curfew_group_new(parent, 1, &group) == 0);
    CHECK(group != NULL);
    return group;
}

static void group_end(struct curfew_group *group)
{
    (void)curfew_group_stop(group, CURFEW_REASON_REQUEST);
    CHECK(curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL) == 0);
    CHECK(curfew_group_live(group) == 0);
    curfew_group_free(group);
}

/* Waits for its stop. */
static int wait_for_stop(struct curfew_worker *self, void *context)
{
    atomic_int *stopped = context;
    CHECK(curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE) == 0);
    CHECK(curfew_worker_stopping(self));
    if (stopped != NULL) {
        atomic_fetch_add(stopped, 1);
    }
    return 0;
}

static int return_status(struct curfew_worker *self, void *context)
{
    (void)self;
    return *(int *)context;
}

/* ---- new and spawn ---- */

static void test_new_with_wrong_phases_is_invalid(void **state)
{
    (void)state;
    struct curfew_group *const marker = (struct curfew_group *)state;
    struct curfew_group *group = marker;
    assert_int_equal(curfew_group_new(NULL, 0, &group), -EINVAL);
    assert_int_equal(curfew_group_new(NULL, CURFEW_GROUP_PHASES_MAX + 1, &group), -EINVAL);
    assert_ptr_equal(group, marker);
    assert_int_equal(curfew_group_new(NULL, CURFEW_GROUP_PHASES_MAX, &group), 0);
    curfew_group_free(group);
    curfew_group_free(NULL);
}

/* A chain of parents that leaves no room for the workers' stops is refused at once, not at spawn.
 */
static void test_new_below_a_deep_chain_is_refused_or_can_spawn(void **state)
{
    (void)state;
    for (unsigned phases = 1; phases <= 3; phases++) {
        struct curfew_stop chain[CURFEW_STOP_DEPTH_MAX];
        unsigned refused = 0;
        for (size_t i = 0; i < CURFEW_STOP_DEPTH_MAX; i++) {
            struct curfew_group *group = NULL;
            assert_int_equal(
                curfew_stop_init(&chain[i], i == 0 ? NULL : &chain[i - 1], CURFEW_NO_DEADLINE), 0);
            int status = curfew_group_new(&chain[i], phases, &group);
            if (status != 0) {
                assert_int_equal(status, -ELOOP);
                assert_null(group);
                refused++;
                continue;
            }
            for (unsigned phase = 0; phase < phases; phase++) {
                assert_int_equal(curfew_group_spawn(group, "w", wait_for_stop, NULL,
                                                    CURFEW_WORKER_PHASE(phase), NULL),
                                 0);
            }
            group_end(group);
        }
        assert_true(refused >= 1);
        assert_true(refused <= 3);
        for (size_t i = CURFEW_STOP_DEPTH_MAX; i > 0; i--) {
            curfew_stop_fini(&chain[i - 1]);
        }
    }
}

static void test_spawn_with_wrong_arguments_is_invalid(void **state)
{
    (void)state;
    struct curfew_group *group = group_new(NULL);
    uint32_t id = 4711;
    assert_int_equal(curfew_group_spawn(group, NULL, wait_for_stop, NULL, 0, &id), -EINVAL);
    assert_int_equal(curfew_group_spawn(group, "", wait_for_stop, NULL, 0, &id), -EINVAL);
    assert_int_equal(curfew_group_spawn(group, "w", wait_for_stop, NULL, 1 << 7, &id), -EINVAL);
    assert_int_equal(
        curfew_group_spawn(group, "w", wait_for_stop, NULL, CURFEW_WORKER_PHASE(1), &id), -EINVAL);
    assert_int_equal(
        curfew_group_spawn(group, "w", wait_for_stop, NULL, CURFEW_WORKER_PHASE(1u << 20), &id),
        -EINVAL);
    assert_int_equal(id, 4711);
    assert_int_equal(curfew_group_live(group), 0);
    curfew_group_free(group);
}

struct seen {
    struct curfew_group *group;
    uint32_t id;
    char name[32];
    sigset_t mask;
    bool stop_is_child;
};

static int look_around(struct curfew_worker *self, void *context)
{
    struct seen *seen = context;
    seen->group = curfew_worker_get_group(self);
    seen->id = curfew_worker_get_id(self);
    CHECK(pthread_getname_np(pthread_self(), seen->name, sizeof(seen->name)) == 0);
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &seen->mask) == 0);
    CHECK(!curfew_worker_stopping(self));
    (void)curfew_group_stop(seen->group, SIGTERM);
    seen->stop_is_child =
        curfew_worker_stopping(self) && curfew_stop_reason(curfew_worker_get_stop(self)) == SIGTERM;
    return 0;
}

static void test_spawn_gives_the_worker_its_name_id_group_stop_and_mask(void **state)
{
    (void)state;
    struct curfew_group *group = group_new(NULL);
    struct seen seen;
    uint32_t id = 0;
    assert_int_equal(
        curfew_group_spawn(group, "abcdefghijklmnopqrstuvwxyz", look_around, &seen, 0, &id), 0);
    assert_int_equal(curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    assert_ptr_equal(seen.group, group);
    assert_int_equal(seen.id, id);
    assert_string_equal(seen.name, "abcdefghijklmno");
    assert_true(seen.stop_is_child);
    for (int signo = 1; signo <= 64; signo++) {
        bool fault = signo == SIGSEGV || signo == SIGBUS || signo == SIGFPE || signo == SIGILL ||
                     signo == SIGTRAP || signo == SIGSYS;
        bool not_ours = signo == SIGKILL || signo == SIGSTOP || signo == 32 || signo == 33;
        if (!not_ours) {
            assert_int_equal(sigismember(&seen.mask, signo), !fault);
        }
    }
    curfew_group_free(group);
}

static void test_spawn_ids_are_unique_in_the_process(void **state)
{
    (void)state;
    struct curfew_group *groups[2] = { group_new(NULL), group_new(NULL) };
    uint32_t ids[20];
    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
        assert_int_equal(curfew_group_spawn(groups[i % 2], "w", wait_for_stop, NULL, 0, &ids[i]),
                         0);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(ids[i], ids[j]);
        }
    }
    assert_int_equal(curfew_group_live(groups[0]), 10);
    group_end(groups[0]);
    group_end(groups[1]);
}

/* Handlers must run on main only, whatever threads are being born. */
static pid_t main_tid;
static atomic_int handled_on_main;
static atomic_int handled_elsewhere;

static void note_thread(int signo)
{
    (void)signo;
    atomic_fetch_add(gettid() == main_tid ? &handled_on_main : &handled_elsewhere, 1);
}

static void *storm(void *context)
{
    atomic_bool *ended = context;
    while (!atomic_load(ended)) {
        int before = atomic_load(&handled_on_main) + atomic_load(&handled_elsewhere);
        CHECK(kill(getpid(), SIGUSR1) == 0);
        AWAIT(atomic_load(&handled_on_main) + atomic_load(&handled_elsewhere) != before ||
              atomic_load(ended));
    }
    return NULL;
}

static void test_spawn_in_a_signal_storm_keeps_handlers_on_main(void **state)
{
    (void)state;
    atomic_bool ended = false;
    sigset_t all;
    sigset_t old;
    int zero = 0;
    main_tid = gettid();
    support_meet_signals();
    support_handle(SIGUSR1, note_thread);
    assert_int_equal(sigfillset(&all), 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &old), 0);
    pthread_t sender = support_start(storm, &ended);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
    for (int round = 0; round < 20; round++) {
        struct curfew_group *group = group_new(NULL);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(curfew_group_spawn(group, "w", return_status, &zero, 0, NULL), 0);
        }
        group_end(group);
    }
    AWAIT(usleep(0) || atomic_load(&handled_on_main) > 0);
    atomic_store(&ended, true);
    support_join(sender);
    support_handle(SIGUSR1, SIG_IGN);
    assert_true(handled_on_main > 0);
    assert_int_equal(handled_elsewhere, 0);
}

static void test_spawn_gives_back_what_ended_workers_held(void **state)
{
    (void)state;
    struct curfew_group *group = group_new(NULL);
    int zero = 0;
    unsigned fds = support_count_fds();
    for (int i = 0; i < 100; i++) {
        assert_int_equal(curfew_group_spawn(group, "w", return_status, &zero, 0, NULL), 0);
        AWAIT(curfew_group_live(group) == 0);
    }
    assert_true(support_count_fds() <= fds + 20); /* not one for each of them */
    group_end(group);
}

static void test_spawn_after_stop_is_refused(void **state)
{
    (void)state;
    struct curfew_stop parent = CURFEW_STOP_INIT;
    struct curfew_group *groups[2] = { group_new(NULL), group_new(&parent) };
    assert_true(curfew_group_stop(groups[0], 1));
    assert_false(curfew_group_stop(groups[0], 1));
    assert_true(curfew_stop_request(&parent, 1));
    for (size_t i = 0; i < 2; i++) {
        uint32_t id = 4711;
        assert_int_equal(curfew_group_spawn(groups[i], "w", wait_for_stop, NULL, 0, &id),
                         -ECANCELED);
        assert_int_equal(id, 4711);
        assert_int_equal(curfew_group_live(groups[i]), 0);
        group_end(groups[i]);
    }
    curfew_stop_fini(&parent);
}

struct spawn_race {
    struct curfew_group *group;
    pthread_barrier_t start;
    atomic_int accepted;
    atomic_int stopped;
};

static void *spawn_until_refused(void *context)
{
    struct spawn_race *race = context;
    int status;
    (void)pthread_barrier_wait(&race->start);
    while ((status = curfew_group_spawn(race->group, "w", wait_for_stop, &race->stopped, 0,
                                        NULL)) == 0) {
        atomic_fetch_add(&race->accepted, 1);
        if (atomic_load(&race->accepted) > 50) {
            sched_yield();
        }
    }
    CHECK(status == -ECANCELED);
    return NULL;
}

static void test_spawn_racing_stop_is_refused_or_sees_it(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 40; round++) {
        struct spawn_race race = { .group = group_new(NULL) };
        pthread_t spawners[2];
        assert_int_equal(pthread_barrier_init(&race.start, NULL, 3), 0);
        for (size_t i = 0; i < 2; i++) {
            spawners[i] = support_start(spawn_until_refused, &race);
        }
        (void)pthread_barrier_wait(&race.start);
        for (uint64_t yields = support_random(&seed) % 8; yields > 0; yields--) {
            sched_yield();
        }
        assert_true(curfew_group_stop(race.group, 1));
        assert_int_equal(curfew_group_join(race.group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
        int stopped = atomic_load(&race.stopped); /* nobody comes home after the join */
        for (size_t i = 0; i < 2; i++) {
            support_join(spawners[i]);
        }
        assert_int_equal(stopped, atomic_load(&race.stopped));
        assert_int_equal(atomic_load(&race.accepted), stopped);
        curfew_group_free(race.group);
        assert_int_equal(pthread_barrier_destroy(&race.start), 0);
    }
}

static int spawn_sibling(struct curfew_worker *self, void *context)
{
    atomic_int *left = context;
    if (atomic_fetch_sub(left, 1) > 1) {
        CHECK(curfew_group_spawn(curfew_worker_get_group(self), "w", spawn_sibling, left, 0,
                                 NULL) == 0);
    }
    return 0;
}

static void test_spawn_by_workers_is_waited_for(void **state)
{
    (void)state;
    struct curfew_group *group = group_new(NULL);
    atomic_int left = 30;
    assert_int_equal(curfew_group_spawn(group, "w", spawn_sibling, &left, 0, NULL), 0);
    assert_int_equal(curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    assert_int_equal(left, 0);
    curfew_group_free(group);
}

/* ---- cleanups ---- */

struct order {
    pthread_mutex_t mutex;
    char text[64];               /* guarded by mutex */
    struct curfew_group *group;  /* read-only */
    struct curfew_worker *self;  /* of the one worker */
    void (*end)(struct order *); /* how the worker ends */
};

struct mark {
    struct order *order;
    char letter;
    bool of_group;
};

static void put(struct order *order, char letter)
{
    CHECK(pthread_mutex_lock(&order->mutex) == 0);
    size_t length = strlen(order->text);
    CHECK(length + 1 < sizeof(order->text));
    order->text[length] = letter;
    CHECK(pthread_mutex_unlock(&order->mutex) == 0);
}

static void clean(void *context)
{
    struct mark *mark = context;
    if (mark->of_group) {
        CHECK(curfew_group_live(mark->order->group) == 0);
        CHECK(curfew_group_defer(mark->order->group, clean, mark) == -ECANCELED);
    } else {
        CHECK(curfew_worker_defer(mark->order->self, clean, mark) == -ECANCELED);
    }
    put(mark->order, mark->letter);
}

static struct mark worker_marks[3];
static struct mark group_marks[3];

static int defer_and_end(struct curfew_worker *self, void *context)
{
    struct order *order = context;
    order->self = self;
    for (size_t i = 0; i < 3; i++) {
        worker_marks[i] = (struct mark){ .order = order, .letter = (char)('a' + i) };
        group_marks[i] =
            (struct mark){ .order = order, .letter = (char)('A' + i), .of_group = true };
        CHECK(curfew_worker_defer(self, clean, &worker_marks[i]) == 0);
        CHECK(curfew_group_defer(order->group, clean, &group_marks[i]) == 0);
    }
    put(order, '-');
    order->end(order);
    return 0;
}

static void end_by_return(struct order *order)
{
    (void)order;
}

static void end_by_exit(struct order *order)
{
    (void)order;
    pthread_exit(NULL);
}

static void end_by_cancel(struct order *order)
{
    (void)order;
    CHECK(pthread_cancel(pthread_self()) == 0);
    pthread_testcancel();
    support_die(__FILE__, __LINE__, "cancelled");
}

static void test_cleanups_run_once_last_first_however_the_worker_ends(void **state)
{
    (void)state;
    void (*const ends[])(struct order *) = { end_by_return, end_by_exit, end_by_cancel };
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        struct order order = { .mutex = PTHREAD_MUTEX_INITIALIZER,
                               .group = group_new(NULL),
                               .end = ends[i] };
        assert_int_equal(curfew_group_spawn(order.group, "w", defer_and_end, &order, 0, NULL), 0);
        AWAIT(curfew_group_live(order.group) == 0);
        assert_int_equal(pthread_mutex_lock(&order.mutex), 0);
        assert_string_equal(order.text, "-cba"); /* the group's wait for the join */
        assert_int_equal(pthread_mutex_unlock(&order.mutex), 0);
        for (int round = 0; round < 2; round++) {
            assert_int_equal(curfew_group_join(order.group, support_hang_deadline(), NULL, NULL),
                             0);
            assert_string_equal(order.text, "-cbaCBA");
        }
        assert_int_equal(curfew_group_defer(order.group, clean, &group_marks[0]), -ECANCELED);
        curfew_group_free(order.group);
        assert_string_equal(order.text, "-cbaCBA");
    }
}

static void test_cleanups_of_the_group_without_join_run_in_free(void **state)
{
    (void)state;
    struct order order = { .mutex = PTHREAD_MUTEX_INITIALIZER, .group = group_new(NULL) };
    struct mark mark = { .order = &order, .letter = 'A', .of_group = true };
    assert_int_equal(curfew_group_defer(order.group, clean, &mark), 0);
    curfew_group_free(order.group);
    assert_string_equal(order.text, "A");
}

/* ---- stopping ---- */

static int stop_group(struct curfew_worker *self, void *context)
{
    CHECK(curfew_group_stop(curfew_worker_get_group(self), CURFEW_REASON_USER));
    return wait_for_stop(self, context);
}

static void test_stop_by_a_worker_reaches_all(void **state)
{
    (void)state;
    atomic_int stopped = 0;
    struct curfew_group *group = group_new(NULL);
    assert_int_equal(curfew_group_spawn(group, "w", wait_for_stop, &stopped, 0, NULL), 0);
    assert_int_equal(curfew_group_spawn(group, "w", stop_group, &stopped, 0, NULL), 0);
    assert_int_equal(curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    assert_int_equal(stopped, 2);
    assert_int_equal(curfew_stop_reason(curfew_group_get_stop(group)), CURFEW_REASON_USER);
    curfew_group_free(group);
}

static struct curfew_group *handler_group;
static atomic_int handler_firsts;

static void stop_in_handler(int signo)
{
    errno = 4711;
    if (curfew_group_stop(handler_group, signo)) {
        atomic_fetch_add(&handler_firsts, 1);
    }
    CHECK(errno == 4711);
}

static void test_stop_in_a_handler_reaches_all_and_keeps_errno(void **state)
{
    (void)state;
    atomic_int stopped = 0;
    handler_group = group_new(NULL);
    support_handle(SIGUSR2, stop_in_handler);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(curfew_group_spawn(handler_group, "w", wait_for_stop, &stopped, 0, NULL),
                         0);
    }
    assert_int_equal(raise(SIGUSR2), 0);
    assert_int_equal(raise(SIGUSR2), 0);
    assert_int_equal(curfew_group_join(handler_group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    assert_int_equal(stopped, 5);
    assert_int_equal(handler_firsts, 1);
    support_handle(SIGUSR2, SIG_DFL);
    curfew_group_free(handler_group);
}

static void test_stop_worker_stops_only_that_one(void **state)
{
    (void)state;
    atomic_int stopped[3] = { 0, 0, 0 };
    uint32_t ids[3];
    struct curfew_group *group = group_new(NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(curfew_group_spawn(group, "w", wait_for_stop, &stopped[i], 0, &ids[i]), 0);
    }
    assert_int_equal(curfew_group_stop_worker(group, ids[1], SIGTERM), 0);
    AWAIT(curfew_group_live(group) == 2);
    assert_int_equal(stopped[1], 1);
    assert_int_equal(stopped[0] + stopped[2], 0);
    assert_false(curfew_stop_is_requested(curfew_group_get_stop(group)));
    assert_int_equal(curfew_group_stop_worker(group, ids[1], SIGTERM), -ESRCH); /* gone home */
    assert_int_equal(curfew_group_stop_worker(group, ids[2] + 1, SIGTERM), -ESRCH);
    assert_int_equal(curfew_group_spawn(group, "w", wait_for_stop, &stopped[1], 0, NULL), 0);
    group_end(group);
    assert_int_equal(stopped[0] + stopped[1] + stopped[2], 4);
}

/* ---- failures ---- */

static void test_failure_without_flag_is_kept_and_stops_nobody(void **state)
{
    (void)state;
    int statuses[] = { 0, -EIO, 7 };
    uint32_t ids[3];
    struct curfew_failure failure = { .status = 4711 };
    struct curfew_group *group = group_new(NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_false(i <= 1 && curfew_group_failure(group, &failure));
        assert_int_equal(
            curfew_group_spawn(group, i == 1 ? "the first one that fails, with a long name" : "w",
                               return_status, &statuses[i], 0, &ids[i]),
            0);
        AWAIT(curfew_group_live(group) == 0);
    }
    assert_int_equal(failure.status, 4711); /* untouched */
    assert_true(curfew_group_failure(group, NULL));
    assert_true(curfew_group_failure(group, &failure));
    assert_int_equal(failure.id, ids[1]);
    assert_int_equal(failure.status, -EIO);
    assert_string_equal(failure.name, "the first one that fails, with ");
    assert_false(curfew_stop_is_requested(curfew_group_get_stop(group)));
    group_end(group);
}

static void test_failure_with_flag_stops_all(void **state)
{
    (void)state;
    atomic_int stopped = 0;
    int status = 3;
    int zero = 0;
    struct curfew_group *group = group_new(NULL);
    assert_int_equal(curfew_group_spawn(group, "w", wait_for_stop, &stopped, 0, NULL), 0);
    assert_int_equal(
        curfew_group_spawn(group, "good", return_status, &zero, CURFEW_WORKER_FAIL_STOPS_ALL, NULL),
        0);
    AWAIT(curfew_group_live(group) == 1);
    assert_false(curfew_stop_is_requested(curfew_group_get_stop(group)));
    assert_int_equal(curfew_group_spawn(group, "bad", return_status, &status,
                                        CURFEW_WORKER_FAIL_STOPS_ALL, NULL),
                     0);
    assert_int_equal(curfew_group_join(group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    assert_int_equal(stopped, 1);
    assert_int_equal(curfew_stop_reason(curfew_group_get_stop(group)), CURFEW_REASON_FAILURE);
    assert_int_equal(curfew_group_spawn(group, "w", wait_for_stop, &stopped, 0, NULL), -ECANCELED);
    curfew_group_free(group);
}

/* ---- daemons ---- */

struct daemon {
    struct gate leave;
    atomic_bool stopped;
    atomic_bool cleaned;
};

static void clean_daemon(void *context)
{
    struct daemon *daemon = context;
    atomic_store(&daemon->cleaned, true);
}

static int be_daemon(struct curfew_worker *self, void *context)
{
    struct daemon *daemon = context;
    CHECK(curfew_worker_defer(self, clean_daemon, daemon) == 0);
    CHECK(curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE) == 0);
    atomic_store(&daemon->stopped, true);
    gate_wait(&daemon->leave);
    return 1; /* a daemon's failure is of no interest to who has gone */
}

static void test_daemon_is_stopped_but_never_waited_for(void **state)
{
    (void)state;
    unsigned threads = support_count_threads();
    static struct daemon daemon = { .leave = GATE_INIT }; /* nobody sees when it is done */
    struct order order = { .mutex = PTHREAD_MUTEX_INITIALIZER, .group = group_new(NULL) };
    struct mark mark = { .order = &order, .letter = 'A', .of_group = true };
    assert_int_equal(
        curfew_group_spawn(order.group, "d", be_daemon, &daemon, CURFEW_WORKER_DAEMON, NULL), 0);
    assert_int_equal(curfew_group_defer(order.group, clean, &mark), 0);
    assert_int_equal(curfew_group_live(order.group), 0);
    assert_true(curfew_group_stop(order.group, 1));
    AWAIT(atomic_load(&daemon.stopped));
    assert_int_equal(curfew_group_join(order.group, CURFEW_NO_DEADLINE, NULL, NULL), 0);
    assert_string_equal(order.text, "A"); /* cleanups are not delayed */
    curfew_group_free(order.group);
    assert_false(atomic_load(&daemon.cleaned));
    gate_open(&daemon.leave); /* a daemon outlives its group, and still finds its memory */
    AWAIT(atomic_load(&daemon.cleaned));
    AWAIT(support_count_threads() == threads);
}

static void test_daemon_of_a_freed_group_is_asked_to_stop(void **state)
{
    (void)state;
    unsigned threads = support_count_threads();
    static struct daemon daemon = { .leave = GATE_INIT }; /* nobody sees when it is done */
    for (unsigned phases = 1; phases <= 2; phases++) {
        struct curfew_group *group = NULL;
        uint32_t id;
        atomic_store(&daemon.stopped, false);
        gate_open(&daemon.leave);
        assert_int_equal(curfew_group_new(NULL, phases, &group), 0);
        assert_int_equal(
            curfew_group_spawn(group, "d", be_daemon, &daemon, CURFEW_WORKER_DAEMON, &id), 0);
        curfew_group_free(group);
        AWAIT(atomic_load(&daemon.stopped));
        AWAIT(support_count_threads() == threads);
    }
}

static void test_daemon_stopped_alone_is_gone(void **state)
{
    (void)state;
    static struct daemon daemon = { .leave = GATE_INIT }; /* nobody sees when it is done */
    struct curfew_group *group = group_new(NULL);
    uint32_t ids[2];
    gate_open(&daemon.leave);
    for (size_t i = 0; i < 2; i++) { /* the second leaves from the middle of the list */
        assert_int_equal(
            curfew_group_spawn(group, "d", be_daemon, &daemon, CURFEW_WORKER_DAEMON, &ids[i]), 0);
    }
    assert_int_equal(curfew_group_stop_worker(group, ids[1], 1), 0);
    AWAIT(curfew_group_stop_worker(group, ids[1], 1) == -ESRCH);
    assert_int_equal(curfew_group_stop_worker(group, ids[0], 1), 0);
    AWAIT(curfew_group_stop_worker(group, ids[0], 1) == -ESRCH);
    group_end(group);
}

static int make_descriptor(struct curfew_worker *self, void *context)
{
    atomic_int *fd = context;
    int made = curfew_stop_fd(curfew_worker_get_stop(self));
    CHECK(made >= 0);
    atomic_store(fd, made);
    return 0;
}

static void test_daemon_gone_has_closed_its_descriptor(void **state)
{
    (void)state;
    static atomic_int fd; /* nobody sees when it is done */
    struct curfew_group *group = group_new(NULL);
    atomic_store(&fd, -1);
    assert_int_equal(
        curfew_group_spawn(group, "d", make_descriptor, &fd, CURFEW_WORKER_DAEMON, NULL), 0);
    AWAIT(atomic_load(&fd) >= 0);
    AWAIT(fcntl(atomic_load(&fd), F_GETFD) == -1);
    group_end(group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_with_wrong_phases_is_invalid),
        cmocka_unit_test(test_new_below_a_deep_chain_is_refused_or_can_spawn),
        cmocka_unit_test(test_spawn_with_wrong_arguments_is_invalid),
        cmocka_unit_test(test_spawn_gives_the_worker_its_name_id_group_stop_and_mask),
        cmocka_unit_test(test_spawn_ids_are_unique_in_the_process),
        cmocka_unit_test(test_spawn_in_a_signal_storm_keeps_handlers_on_main),
        cmocka_unit_test(test_spawn_gives_back_what_ended_workers_held),
        cmocka_unit_test(test_spawn_after_stop_is_refused),
        cmocka_unit_test(test_spawn_racing_stop_is_refused_or_sees_it),
        cmocka_unit_test(test_spawn_by_workers_is_waited_for),
        cmocka_unit_test(test_cleanups_run_once_last_first_however_the_worker_ends),
        cmocka_unit_test(test_cleanups_of_the_group_without_join_run_in_free),
        cmocka_unit_test(test_stop_by_a_worker_reaches_all),
        cmocka_unit_test(test_stop_in_a_handler_reaches_all_and_keeps_errno),
        cmocka_unit_test(test_stop_worker_stops_only_that_one),
        cmocka_unit_test(test_failure_without_flag_is_kept_and_stops_nobody),
        cmocka_unit_test(test_failure_with_flag_stops_all),
        cmocka_unit_test(test_daemon_is_stopped_but_never_waited_for),
        cmocka_unit_test(test_daemon_of_a_freed_group_is_asked_to_stop),
        cmocka_unit_test(test_daemon_stopped_alone_is_gone),
        cmocka_unit_test(test_daemon_gone_has_closed_its_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
