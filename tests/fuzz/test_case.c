/* SPDX-License-Identifier: MIT
 *
 * test_case.c -- the decoder of cases over random, mutated and cut bytes: total, and with the
 * encoder exact both ways.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/test.h"
#include "case/case.h"
#include "case/codes.h"

enum { NOISE = 20000, MUTATED = 20000, GENERATED = 4000, NOISE_BYTES = 300 };

/* What a case must keep whatever it was decoded from. */
static void assert_valid(const struct execution_case *execution)
{
    struct rt_signal plan[RT_SIGNALS_MAX];
    assert_in_range(execution->base, 0, RT_CASE_BASE_COUNT - 1);
    assert_in_range(execution->records_count, 0, RT_RECORDS_MAX);
    for (uint32_t at = 0; at < execution->records_count; at++) {
        const struct rt_record *record = &execution->records[at];
        assert_in_range(record->kind, RT_RECORD_NONE + 1, RT_RECORD_COUNT - 1);
        assert_in_range(record->phase, 0, RT_PHASE_COUNT - 1);
        if (at > 0) {
            const struct rt_record *before = record - 1;
            assert_true(before->phase < record->phase ||
                        (before->phase == record->phase && before->position <= record->position));
        }
    }
    if (!execution->is_program) {
        assert_round_trip(&execution->scenario);
    }
    assert_in_range(case_signals(execution, plan), 0, RT_SIGNALS_MAX);
}

/* Decodes a copy of exactly its size, so that ASan sees a byte too much. */
static void check(const uint8_t *bytes, size_t size, struct execution_case *out_case)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    uint8_t first[CASE_BYTES_MAX];
    uint8_t second[CASE_BYTES_MAX];
    struct execution_case again;
    size_t first_size;
    size_t second_size;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    case_decode(copy, size, out_case);
    free(copy);
    assert_valid(out_case);
    assert_int_equal(case_encode(out_case, first, sizeof first, &first_size), 0);
    case_decode(first, first_size, &again);
    assert_memory_equal(out_case, &again, sizeof again);
    assert_int_equal(case_encode(&again, second, sizeof second, &second_size), 0);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    assert_memory_equal(first, CASE_MAGIC, CASE_MAGIC_BYTES);
}

static void noise(struct random_stream *random, uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        bytes[at] = (uint8_t)random_between(random, 0, 255);
    }
}

static void test_any_bytes_are_a_case(void **state)
{
    struct random_stream random;
    struct execution_case execution;
    uint8_t bytes[NOISE_BYTES];
    unsigned programs = 0;
    unsigned edited = 0;

    (void)state;
    random_init(&random, 1, "noise");
    for (unsigned at = 0; at < NOISE; at++) {
        size_t size = random_between(&random, 0, sizeof bytes);
        noise(&random, bytes, size);
        if (size > CASE_MAGIC_BYTES && at % 2 == 0) {
            memcpy(bytes, CASE_MAGIC, CASE_MAGIC_BYTES);
        }
        check(bytes, size, &execution);
        programs += execution.is_program;
        edited += execution.records_count > 0;
    }
    assert_in_range(programs, NOISE / 4, NOISE * 3 / 4); /* or this test tests half of it */
    assert_in_range(edited, NOISE / 10, NOISE);
}

static void test_every_cut_and_every_changed_byte_is_a_case(void **state)
{
    struct random_stream random;
    struct execution_case execution;
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size = 0;

    (void)state;
    random_init(&random, 2, "mutated");
    for (unsigned at = 0; at < MUTATED; at++) {
        if (at % 100 == 0) {
            uint8_t fresh[NOISE_BYTES];
            noise(&random, fresh, sizeof fresh);
            case_decode(fresh, sizeof fresh, &execution);
            assert_int_equal(case_encode(&execution, bytes, sizeof bytes, &size), 0);
        }
        bytes[random_between(&random, 0, (uint32_t)size - 1)] =
            (uint8_t)random_between(&random, 0, 255);
        check(bytes, at % 3 == 0 ? random_between(&random, 0, (uint32_t)size) : size, &execution);
    }
}

static void test_every_scenario_has_bytes(void **state)
{
    struct random_stream random;
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size;

    (void)state;
    random_init(&random, 3, "scenarios");
    for (unsigned at = 0; at < GENERATED; at++) {
        struct execution_case execution;
        struct execution_case again;
        memset(&execution, 0, sizeof execution);
        generate_scenario(&random, &execution.scenario);
        scenario_forget_anchors(&execution.scenario);
        execution.seed = at * UINT64_C(0x0123456789abcdef);
        assert_int_equal(case_encode(&execution, bytes, sizeof bytes, &size), 0);
        case_decode(bytes, size, &again);
        assert_memory_equal(&execution, &again, sizeof again);
    }
}

static void test_the_catalogue_has_bytes(void **state)
{
    uint8_t bytes[CASE_BYTES_MAX];
    size_t size;

    (void)state;
    for (size_t at = 0; at < scenario_catalogue_count; at++) {
        struct execution_case execution;
        struct scenario_error error;
        memset(&execution, 0, sizeof execution);
        assert_int_equal(scenario_parse(scenario_catalogue[at].text, &execution.scenario, &error),
                         0);
        scenario_forget_anchors(&execution.scenario);
        assert_int_equal(case_encode(&execution, bytes, sizeof bytes, &size), 0);
    }
}

static void test_what_cannot_be_decoded_is_not_encoded(void **state)
{
    uint8_t bytes[CASE_BYTES_MAX];
    struct execution_case good;
    size_t size = 7;

    (void)state;
    case_decode(NULL, 0, &good);
    struct execution_case bad = good;
    bad.base = RT_CASE_BASE_COUNT;
    assert_int_equal(case_encode(&bad, bytes, sizeof bytes, &size), -EINVAL);
    bad = good;
    memcpy(bad.scenario.signals[0].target, "nobody", 7);
    bad.scenario.signals[0].signo = SIGTERM;
    bad.scenario.signals[0].count = 1;
    bad.scenario.signals_count = 1;
    assert_int_equal(case_encode(&bad, bytes, sizeof bytes, &size), -EINVAL);
    bad = good;
    bad.is_program = true;
    memset(&bad.scenario, 0, sizeof bad.scenario);
    bad.signals_count = 1;
    bad.signals[0] = (struct rt_signal){ SIGKILL, RT_SIGNAL_PROCESS, 1, "" };
    assert_int_equal(case_encode(&bad, bytes, sizeof bytes, &size), -EINVAL);
    bad.signals[0].signo = SIGALRM;
    assert_int_equal(case_encode(&bad, bytes, sizeof bytes, &size), 0);
    bad = good;
    bad.records_count = 1; /* a record that does nothing */
    assert_int_equal(case_encode(&bad, bytes, sizeof bytes, &size), -EINVAL);
    size = 7;
    assert_int_equal(case_encode(&good, bytes, CASE_MAGIC_BYTES + 3, &size), -ENOSPC);
    assert_int_equal(size, 7);
}

static void test_records_are_in_order_and_those_that_do_nothing_gone(void **state)
{
    static const struct rt_record unsorted[] = {
        { 9, RT_PHASE_RUNNING, RT_RECORD_SIGNAL, 1, 0 },
        { 3, RT_PHASE_EXIT, RT_RECORD_SWITCH, 2, 0 },
        { 5, RT_PHASE_RUNNING, RT_RECORD_NONE, 3, 0 },
        { 9, RT_PHASE_RUNNING, RT_RECORD_SWITCH, 4, 0 },
        { 8, RT_PHASE_RUNNING, RT_RECORD_RESEED, 5, 0 },
        { 900, RT_PHASE_START, RT_RECORD_TIMEOUT, 6, 0 },
    };
    static const uint8_t order[] = { 6, 5, 1, 4, 2 };
    struct execution_case execution;

    (void)state;
    case_decode(NULL, 0, &execution);
    memcpy(execution.records, unsorted, sizeof unsorted);
    execution.records_count = sizeof unsorted / sizeof unsorted[0];
    case_sort(&execution);
    assert_int_equal(execution.records_count, sizeof order);
    for (size_t at = 0; at < sizeof order; at++) {
        assert_int_equal(execution.records[at].argument, order[at]);
    }
}

/* What is committed under fuzz/ means the same for ever. */
static void test_codes_stay_as_they_are(void **state)
{
    static const uint8_t bytes[] = { 2,  1, 0x34, 0x12, 8, 7, 6, 5, 4, 3, 2, 1,    0, 1,    2,   2,
                                     16, 1, 5,    0,    1, 1, 2, 0, 2, 0, 1, 0x23, 9, 0x02, 0x01 };
    struct execution_case execution;
    char text[SCENARIO_TEXT_BYTES];

    (void)state;
    case_decode(bytes, sizeof bytes, &execution);
    (void)scenario_format(&execution.scenario, text, sizeof text);
    assert_string_equal(text,
                        "queue*2 pool | main=sigwait | signals=INT*3@start>queue-2 | exit=128");
    assert_int_equal(execution.base, RT_CASE_BASE_slice);
    assert_true(execution.points_access);
    assert_int_equal(execution.expected_steps, 0x1234);
    assert_true(execution.seed == UINT64_C(0x0102030405060708));
    assert_int_equal(execution.records_count, 1);
    assert_int_equal(execution.records[0].kind, RT_RECORD_SIGNAL);
    assert_int_equal(execution.records[0].phase, RT_PHASE_STOPPING);
    assert_int_equal(execution.records[0].argument, 9);
    assert_int_equal(execution.records[0].position, 0x0102);
}

/* A word that is named twice in a list of codes leaves another without one. */
static void test_every_word_has_one_code(void **state)
{
#define X(name) +(UINT64_C(1) << KIND_##name)
    const uint64_t kinds = 0 CASE_KINDS(X);
#undef X
#define X(name) +(UINT64_C(1) << MAIN_##name)
    const uint64_t mains = 0 CASE_MAINS(X);
#undef X
    (void)state;
    assert_true(kinds == (UINT64_C(1) << KIND_COUNT) - 1);
    assert_true(mains == (UINT64_C(1) << MAIN_COUNT) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_bytes_are_a_case),
        cmocka_unit_test(test_every_cut_and_every_changed_byte_is_a_case),
        cmocka_unit_test(test_every_scenario_has_bytes),
        cmocka_unit_test(test_the_catalogue_has_bytes),
        cmocka_unit_test(test_what_cannot_be_decoded_is_not_encoded),
        cmocka_unit_test(test_records_are_in_order_and_those_that_do_nothing_gone),
        cmocka_unit_test(test_codes_stay_as_they_are),
        cmocka_unit_test(test_every_word_has_one_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
