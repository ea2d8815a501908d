/* SPDX-License-Identifier: MIT
 *
 * test_mutate.c -- every edit gives a case that can be encoded, one seed gives the same edits, and
 * trimming drops exactly the records that are not needed.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scenarios/test.h"
#include "mutate.h"

enum { EDITS = 20000, TRIMMED = 200 };

void *afl_custom_init(void *afl, unsigned seed);
void afl_custom_deinit(void *data);
int32_t afl_custom_init_trim(void *data, uint8_t *bytes, size_t size);
size_t afl_custom_trim(void *data, uint8_t **out);
int32_t afl_custom_post_trim(void *data, unsigned char success);

static void test_every_edit_can_be_encoded_and_comes_again(void **state)
{
    static struct execution_case cases[2];
    static struct mutator mutators[2];
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size = 0;
    unsigned changed = 0;

    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        case_decode(NULL, 0, &cases[which]);
        assert_true(mutator_init(&mutators[which], 5));
    }
    for (unsigned at = 0; at < EDITS; at++) {
        struct execution_case before = cases[0];
        struct execution_case other = before;
        other.seed++;
        const char *one = mutate(&mutators[0], &cases[0], at % 2 == 0 ? &other : NULL);
        const char *two = mutate(&mutators[1], &cases[1], at % 2 == 0 ? &other : NULL);
        assert_string_equal(one, two);
        assert_memory_equal(&cases[0], &cases[1], sizeof cases[0]);
        assert_int_equal(case_encode(&cases[0], bytes, sizeof bytes, &size), 0);
        changed += memcmp(&before, &cases[0], sizeof before) != 0;
    }
    assert_in_range(changed, EDITS / 2, EDITS);
}

static void test_a_scenario_that_was_asked_for_stays(void **state)
{
    static struct mutator mutator;
    struct execution_case execution;

    (void)state;
    assert_int_equal(setenv("CURFEW_FUZZ_SCENARIO", "ignore wait | signals=INT", 1), 0);
    assert_true(mutator_init(&mutator, 9));
    case_decode(NULL, 0, &execution);
    for (unsigned at = 0; at < 1000; at++) {
        (void)mutate(&mutator, &execution, NULL);
        assert_memory_equal(&execution.scenario, &mutator.scenario, sizeof mutator.scenario);
    }
    assert_int_equal(setenv("CURFEW_FUZZ_SCENARIO", "nonsense", 1), 0);
    assert_false(mutator_init(&mutator, 9));
    assert_int_equal(unsetenv("CURFEW_FUZZ_SCENARIO"), 0);
}

static void test_fresh_seeds_expect_one_of_two_lengths(void **state)
{
    static struct mutator mutator;
    struct execution_case execution;
    unsigned expected[2] = { 0, 0 };

    (void)state;
    assert_int_equal(setenv("CURFEW_FUZZ_LENGTHS", "14,123", 1), 0);
    assert_true(mutator_init(&mutator, 9));
    assert_int_equal(unsetenv("CURFEW_FUZZ_LENGTHS"), 0);
    for (unsigned at = 0; at < 1000; at++) {
        case_decode(NULL, 0, &execution);
        execution.expected_steps = 14;
        (void)mutate(&mutator, &execution, NULL);
        assert_true(execution.expected_steps == 14 || execution.expected_steps == 123);
        expected[execution.expected_steps == 123]++;
    }
    assert_in_range(expected[1], 100, 400);
    assert_true(mutator_init(&mutator, 9)); /* it does not say: as the case does */
    for (unsigned at = 0; at < 1000; at++) {
        (void)mutate(&mutator, &execution, NULL);
        assert_true(execution.expected_steps == 14 || execution.expected_steps == 123);
    }
}

/* As AFL++ does it; what is needed: every record whose argument is odd. */
static void trim(void *mutator, struct execution_case *execution)
{
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size = 0;
    uint32_t needed = 0;
    for (uint32_t at = 0; at < execution->records_count; at++) {
        needed += execution->records[at].argument % 2;
    }
    assert_int_equal(case_encode(execution, bytes, sizeof bytes, &size), 0);
    int32_t steps = afl_custom_init_trim(mutator, bytes, size);
    for (int32_t step = 0; step < steps;) {
        uint8_t *tried;
        size_t tried_size = afl_custom_trim(mutator, &tried);
        struct execution_case left;
        uint32_t kept = 0;
        case_decode(tried, tried_size, &left);
        for (uint32_t at = 0; at < left.records_count; at++) {
            kept += left.records[at].argument % 2;
        }
        if (kept == needed) {
            *execution = left;
        }
        step = afl_custom_post_trim(mutator, kept == needed);
    }
    assert_int_equal(execution->records_count, needed);
}

static void test_trimming_leaves_what_is_needed(void **state)
{
    void *mutator = afl_custom_init(NULL, 3);
    struct random_stream random;

    (void)state;
    assert_non_null(mutator);
    random_init(&random, 4, "trim");
    for (unsigned round = 0; round < TRIMMED; round++) {
        struct execution_case execution;
        case_decode(NULL, 0, &execution);
        execution.records_count = random_between(&random, 0, 20);
        for (uint32_t at = 0; at < execution.records_count; at++) {
            execution.records[at] = (struct rt_record){
                .kind = RT_RECORD_SWITCH,
                .position = (uint16_t)random_between(&random, 0, 50),
                .argument = (uint8_t)random_between(&random, 0, 255),
            };
        }
        case_sort(&execution);
        trim(mutator, &execution);
    }
    afl_custom_deinit(mutator);
}

/* Last: the mutator keeps the file. */
static void test_records_are_where_the_last_execution_had_decisions(void **state)
{
    static struct fuzz_status status;
    struct mutator mutator;
    struct execution_case execution;
    char path[] = "/tmp/test-mutate-XXXXXX";
    unsigned added = 0;
    unsigned within = 0;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    status.phase_decisions[RT_PHASE_RUNNING] = 7;
    status.phase_decisions[RT_PHASE_EXIT] = 2;
    assert_int_equal(write(fd, &status, sizeof status), (int)sizeof status);
    assert_int_equal(setenv(FUZZ_STATUS_ENV, path, 1), 0);
    assert_true(mutator_init(&mutator, 9));
    for (unsigned at = 0; at < 4000; at++) {
        case_decode(NULL, 0, &execution);
        (void)mutate(&mutator, &execution, NULL);
        for (uint32_t record = 0; record < execution.records_count; record++) {
            uint32_t had = status.phase_decisions[execution.records[record].phase];
            within += had > 0 && execution.records[record].position <= had;
            added++;
        }
    }
    assert_in_range(added, 1000, 4000);
    assert_in_range(within, added * 3 / 4, added * 19 / 20);
    assert_int_equal(unsetenv(FUZZ_STATUS_ENV), 0);
    assert_int_equal(unlink(path), 0);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_edit_can_be_encoded_and_comes_again),
        cmocka_unit_test(test_a_scenario_that_was_asked_for_stays),
        cmocka_unit_test(test_fresh_seeds_expect_one_of_two_lengths),
        cmocka_unit_test(test_trimming_leaves_what_is_needed),
        cmocka_unit_test(test_records_are_where_the_last_execution_had_decisions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
