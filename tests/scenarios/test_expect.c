/* SPDX-License-Identifier: MIT
 *
 * test_expect.c -- which ends a correct program may have.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

#define EXITED(code) ((code) << 8)
#define KILLED(signo) (signo)
#define END (-1)

static const struct {
    const char *text;
    struct scenario_expectation expected; /* exit code, forced exit code, death */
    int allowed[6];                       /* wait statuses, then END; all others are refused */
} table[] = {
    { "poll", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | exit=128", { 143, -1, 0 }, { EXITED(143), END } },
    { "poll | exit=reraise", { -1, -1, SIGTERM }, { KILLED(SIGTERM), END } },
    { "poll | signals=INT | exit=reraise", { -1, -1, SIGINT }, { KILLED(SIGINT), END } },
    { "poll | signals=HUP,INT | exit=128", { 130, -1, 0 }, { EXITED(130), END } },
    { "poll | signals=none | exit=reraise", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | signals=HUP | exit=128", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | signals=TERM>poll-1 | exit=128", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | signals=TERM>main | exit=128", { 143, -1, 0 }, { EXITED(143), END } },
    { "poll | signals=TERM>main | exit=128 | main=sigwait", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | signals=TERM>signals | exit=128 | main=sigwait",
      { 143, -1, 0 },
      { EXITED(143), END } },

    /* A second INT forces, where main heeds it. */
    { "poll | signals=INT,INT", { 0, 130, 0 }, { EXITED(0), EXITED(130), END } },
    { "poll | signals=INT*2 | main=sigwait", { 0, 130, 0 }, { EXITED(0), EXITED(130), END } },
    { "poll | signals=INT,INT | main=signalfd", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | signals=INT,INT | main=sigsuspend", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | signals=INT,INT>poll-1", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | signals=TERM,TERM", { 0, -1, 0 }, { EXITED(0), END } },
    { "poll | signals=INT,INT | exit=reraise",
      { -1, 130, SIGINT },
      { KILLED(SIGINT), EXITED(130), END } },

    /* Two stopping signals may overtake each other. */
    { "poll | signals=TERM,INT | exit=128", { 143, -1, 0 }, { EXITED(143), EXITED(130), END } },
    { "poll | signals=TERM,INT,QUIT | exit=reraise",
      { -1, -1, SIGTERM },
      { KILLED(SIGTERM), KILLED(SIGINT), KILLED(SIGQUIT), END } },

    /* A worker that fails makes it 1, unless the stop comes before it is spawned. */
    { "fail poll", { 1, -1, 0 }, { EXITED(1), END } },
    { "fail poll | exit=reraise", { 1, -1, 0 }, { EXITED(1), END } },
    { "fail poll | signals=none", { 1, -1, 0 }, { EXITED(1), END } },
    { "fail | signals=INT,INT", { 1, 130, 0 }, { EXITED(1), EXITED(130), END } },
    { "fail | signals=TERM@start", { 1, -1, 0 }, { EXITED(1), EXITED(0), END } },
    { "fail | signals=HUP@start,TERM | exit=128", { 1, -1, 0 }, { EXITED(1), EXITED(143), END } },

    /* A worker that requests the stop may be first. */
    { "stop | exit=reraise", { -1, -1, SIGTERM }, { KILLED(SIGTERM), EXITED(0), END } },
    { "stop | exit=128 | signals=none", { 0, -1, 0 }, { EXITED(0), END } },
    { "stop fail | exit=128", { 1, -1, 0 }, { EXITED(1), END } },
    { "stop fail | exit=128 | signals=TERM@start",
      { 1, -1, 0 },
      { EXITED(1), EXITED(0), EXITED(143), END } },

    /* Defects are judged by what would be right. */
    { "status", { 0, -1, 0 }, { EXITED(0), END } },
};

static bool is_listed(const int *allowed, int status)
{
    for (; *allowed != END; allowed++) {
        if (*allowed == status) {
            return true;
        }
    }
    return false;
}

static void test_expect_covers_all_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct scenario scenario;
        struct scenario_error error;
        struct scenario_expectation expectation;
        print_message("%s\n", table[i].text);
        assert_int_equal(scenario_parse(table[i].text, &scenario, &error), 0);
        scenario_expect(&scenario, &expectation);
        assert_int_equal(expectation.exit_code, table[i].expected.exit_code);
        assert_int_equal(expectation.forced_exit_code, table[i].expected.forced_exit_code);
        assert_int_equal(expectation.death_signo, table[i].expected.death_signo);
        for (int number = 0; number < 256; number++) {
            assert_int_equal(scenario_status_allowed(&scenario, EXITED(number)),
                             is_listed(table[i].allowed, EXITED(number)));
        }
        for (int signo = 1; signo < 65; signo++) {
            assert_int_equal(scenario_status_allowed(&scenario, KILLED(signo)),
                             is_listed(table[i].allowed, KILLED(signo)));
        }
    }
}

/* Of every scenario at least one end is allowed, and the regular one is. */
static void test_expected_end_is_allowed(void **state)
{
    struct random_stream random;
    struct scenario scenario;

    (void)state;
    random_init(&random, 4, "expect");
    for (unsigned i = 0; i < 5000; i++) {
        struct scenario_expectation expectation;
        generate_scenario(&random, &scenario);
        scenario_expect(&scenario, &expectation);
        assert_true((expectation.exit_code >= 0) != (expectation.death_signo != 0));
        assert_true(scenario_status_allowed(&scenario, expectation.exit_code >= 0
                                                           ? EXITED(expectation.exit_code)
                                                           : KILLED(expectation.death_signo)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expect_covers_all_ends),
        cmocka_unit_test(test_expected_end_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
