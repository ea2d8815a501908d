/* SPDX-License-Identifier: MIT
 *
 * test_misuse.c -- a NULL object, a call by the wrong thread, an object freed while in use: each
 * aborts with one line on stderr, in every build.  Each call is made in a child of its own.
 */
#include "support.h"

#include <signal.h>

static struct curfew_stop stop = CURFEW_STOP_INIT;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct curfew_group *group; /* in the child that misuses it */
static struct curfew_pool *pool;

static int do_nothing(struct curfew_worker *self, void *context)
{
    (void)self;
    (void)context;
    return 0;
}

static void do_no_job(struct curfew_stop *job_stop, void *context)
{
    (void)job_stop;
    (void)context;
}

static void clean_nothing(void *context)
{
    (void)context;
}

/* The calls: what a reader sees is what is called.  IGNORE keeps the compiler from asking for
 * results. */
#define IGNORE(call) (void)!(call)
#define MISUSES(X)                                                                                 \
    X(stop_init, IGNORE(curfew_stop_init(NULL, NULL, CURFEW_NO_DEADLINE)))                         \
    X(stop_request, IGNORE(curfew_stop_request(NULL, 1)))                                          \
    X(stop_request_reason_zero, IGNORE(curfew_stop_request(&stop, 0)))                             \
    X(stop_request_reason_negative, IGNORE(curfew_stop_request(&stop, -1)))                        \
    X(stop_is_requested, IGNORE(curfew_stop_is_requested(NULL)))                                   \
    X(stop_reason, IGNORE(curfew_stop_reason(NULL)))                                               \
    X(stop_wait, IGNORE(curfew_stop_wait(NULL, SUPPORT_PAST)))                                     \
    X(stop_fd, IGNORE(curfew_stop_fd(NULL)))                                                       \
    X(cond_wait_cond, IGNORE(curfew_cond_wait(NULL, &mutex, &stop, SUPPORT_PAST)))                 \
    X(cond_wait_mutex, IGNORE(curfew_cond_wait(&cond, NULL, &stop, SUPPORT_PAST)))                 \
    X(cond_wait_stop, IGNORE(curfew_cond_wait(&cond, &mutex, NULL, SUPPORT_PAST)))                 \
    X(poll_stop, IGNORE(curfew_poll(NULL, 0, NULL, SUPPORT_PAST)))                                 \
    X(poll_fds, IGNORE(curfew_poll(NULL, 1, &stop, SUPPORT_PAST)))                                 \
    X(group_new, IGNORE(curfew_group_new(NULL, 1, NULL)))                                          \
    X(group_spawn, IGNORE(curfew_group_spawn(NULL, "w", do_nothing, NULL, 0, NULL)))               \
    X(group_spawn_fn, IGNORE(curfew_group_spawn(group, "w", NULL, NULL, 0, NULL)))                 \
    X(group_defer, IGNORE(curfew_group_defer(NULL, clean_nothing, NULL)))                          \
    X(group_defer_fn, IGNORE(curfew_group_defer(group, NULL, NULL)))                               \
    X(group_stop, IGNORE(curfew_group_stop(NULL, 1)))                                              \
    X(group_get_stop, IGNORE(curfew_group_get_stop(NULL)))                                         \
    X(group_stop_worker, IGNORE(curfew_group_stop_worker(NULL, 1, 1)))                             \
    X(group_join, IGNORE(curfew_group_join(NULL, SUPPORT_PAST, NULL, NULL)))                       \
    X(group_failure, IGNORE(curfew_group_failure(NULL, NULL)))                                     \
    X(group_live, IGNORE(curfew_group_live(NULL)))                                                 \
    X(worker_get_stop, IGNORE(curfew_worker_get_stop(NULL)))                                       \
    X(worker_stopping, IGNORE(curfew_worker_stopping(NULL)))                                       \
    X(worker_get_id, IGNORE(curfew_worker_get_id(NULL)))                                           \
    X(worker_get_group, IGNORE(curfew_worker_get_group(NULL)))                                     \
    X(worker_defer, IGNORE(curfew_worker_defer(NULL, clean_nothing, NULL)))                        \
    X(pool_new, IGNORE(curfew_pool_new("p", 1, 0, NULL, NULL)))                                    \
    X(pool_ref, IGNORE(curfew_pool_ref(NULL)))                                                     \
    X(pool_submit, IGNORE(curfew_pool_submit(NULL, do_no_job, NULL)))                              \
    X(pool_submit_fn, IGNORE(curfew_pool_submit(pool, NULL, NULL)))                                \
    X(pool_drain, IGNORE(curfew_pool_drain(NULL, SUPPORT_PAST)))                                   \
    X(pool_cancel, IGNORE(curfew_pool_cancel(NULL, SUPPORT_PAST, NULL, NULL)))                     \
    X(pool_cancel_out, IGNORE(curfew_pool_cancel(pool, SUPPORT_PAST, NULL, NULL)))

#define DEFINE(name, call)                                                                         \
    static void misuse_##name(void)                                                                \
    {                                                                                              \
        call;                                                                                      \
    }
MISUSES(DEFINE)

static const struct misuse {
    const char *name;
    void (*fn)(void);
} misuses[] = {
#define ENTRY(name, call) { #name, misuse_##name },
    MISUSES(ENTRY)
};

static void run_misuse(void *context)
{
    const struct misuse *misuse = context;
    CHECK(curfew_group_new(NULL, 1, &group) == 0);
    CHECK(curfew_pool_new("p", 1, 0, NULL, &pool) == 0);
    misuse->fn();
}

static void test_misuse_of_each_call_aborts_with_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(misuses); i++) {
        struct misuse misuse = misuses[i];
        print_message("%s\n", misuse.name);
        support_assert_aborts(run_misuse, &misuse);
    }
}

static int wait_for_stop(struct curfew_worker *self, void *context)
{
    (void)context;
    return curfew_stop_wait(curfew_worker_get_stop(self), CURFEW_NO_DEADLINE);
}

static void free_group_in_use(void *context)
{
    (void)context;
    CHECK(curfew_group_new(NULL, 1, &group) == 0);
    CHECK(curfew_group_spawn(group, "w", wait_for_stop, NULL, 0, NULL) == 0);
    curfew_group_free(group);
}

static void test_group_free_with_a_worker_alive_aborts(void **state)
{
    (void)state;
    support_assert_aborts(free_group_in_use, NULL);
}

static struct curfew_worker *other_worker;
static struct gate other_known = GATE_INIT;

static int tell_self(struct curfew_worker *self, void *context)
{
    other_worker = self;
    gate_open(&other_known);
    return wait_for_stop(self, context);
}

static void defer_for_another(void *context)
{
    (void)context;
    CHECK(curfew_group_new(NULL, 1, &group) == 0);
    CHECK(curfew_group_spawn(group, "w", tell_self, NULL, 0, NULL) == 0);
    gate_wait(&other_known);
    IGNORE(curfew_worker_defer(other_worker, clean_nothing, NULL));
}

static void test_worker_defer_by_another_thread_aborts(void **state)
{
    (void)state;
    support_assert_aborts(defer_for_another, NULL);
}

static void drop_last_reference(struct curfew_stop *job_stop, void *context)
{
    (void)job_stop;
    curfew_pool_unref(context);
}

static void drop_last_reference_in_job(void *context)
{
    (void)context;
    CHECK(curfew_pool_new("p", 1, 0, NULL, &pool) == 0);
    CHECK(curfew_pool_submit(pool, drop_last_reference, pool) == 0);
    CHECK(curfew_pool_drain(pool, CURFEW_NO_DEADLINE) == 0);
}

static void test_pool_unref_of_the_last_by_a_job_aborts(void **state)
{
    (void)state;
    support_assert_aborts(drop_last_reference_in_job, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misuse_of_each_call_aborts_with_one_line),
        cmocka_unit_test(test_group_free_with_a_worker_alive_aborts),
        cmocka_unit_test(test_worker_defer_by_another_thread_aborts),
        cmocka_unit_test(test_pool_unref_of_the_last_by_a_job_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
