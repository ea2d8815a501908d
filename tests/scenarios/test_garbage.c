/* SPDX-License-Identifier: MIT
 *
 * test_garbage.c -- the parser over generated, mutated and random texts: total, and exact about
 * where.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

enum { GENERATED = 20000, MUTATED = 200000, NOISE = 50000, TEXT_BYTES = SCENARIO_TEXT_BYTES + 64 };

static void test_generated_scenarios_round_trip(void **state)
{
    struct random_stream random;
    struct scenario scenario;

    (void)state;
    random_init(&random, 1, "generated");
    for (unsigned i = 0; i < GENERATED; i++) {
        generate_scenario(&random, &scenario);
        assert_round_trip(&scenario);
    }
}

/* Parses a copy of exactly its size, so that ASan sees a byte too much.  True: it is a scenario. */
static bool judge(const char *text)
{
    size_t length = strlen(text);
    char *copy = malloc(length + 1);
    struct scenario scenario;
    struct scenario_error error = { 0, "" };
    int status;

    assert_non_null(copy);
    memcpy(copy, text, length + 1);
    status = scenario_parse(copy, &scenario, &error);
    free(copy);
    if (status == 0) {
        assert_round_trip(&scenario);
        return true;
    }
    assert_int_equal(status, -EINVAL);
    assert_in_range(error.column, 1, length + 1);
    assert_in_range(strlen(error.message), 1, sizeof error.message - 1);
    for (const char *at = error.message; *at != '\0'; at++) {
        assert_in_range(*at, ' ', '~');
    }
    return false;
}

/* Changes one or two bytes: replaced, removed, doubled, or swapped for a byte of the grammar. */
static void mutate(struct random_stream *random, char *text)
{
    static const char grammar[] = "|*=,@> \t019maxTERM\xff\n";

    for (uint32_t times = random_between(random, 1, 2); times > 0; times--) {
        size_t length = strlen(text);
        uint32_t at = length > 0 ? random_between(random, 0, (uint32_t)length - 1) : 0;
        char byte = grammar[random_between(random, 0, sizeof grammar - 2)];
        if (length == 0) {
            return;
        }
        switch (random_between(random, 0, 3)) {
        case 0:
            text[at] = (char)random_between(random, 1, 255);
            break;
        case 1:
            memmove(text + at, text + at + 1, length - at);
            break;
        case 2:
            if (length + 2 < TEXT_BYTES) {
                memmove(text + at + 1, text + at, length - at + 1);
                text[at] = byte;
            }
            break;
        default:
            text[at] = byte;
            break;
        }
    }
}

static void test_mutated_scenarios_are_judged(void **state)
{
    struct random_stream random;
    struct scenario scenario;
    char text[TEXT_BYTES] = "";
    unsigned good = 0;

    (void)state;
    random_init(&random, 2, "mutated");
    for (unsigned i = 0; i < MUTATED; i++) {
        if (i % 2 == 0) { /* otherwise mutate the mutant */
            do {
                generate_scenario(&random, &scenario);
            } while (scenario_format(&scenario, text, sizeof text) > 200);
        }
        mutate(&random, text);
        good += judge(text);
    }
    /* Both outcomes must have been seen often, or this test tests nothing. */
    assert_in_range(good, MUTATED / 200, MUTATED / 2);
}

static void test_noise_is_refused(void **state)
{
    struct random_stream random;
    char text[64];

    (void)state;
    random_init(&random, 3, "noise");
    for (unsigned i = 0; i < NOISE; i++) {
        uint32_t length = random_between(&random, 0, sizeof text - 1);
        for (uint32_t at = 0; at < length; at++) {
            text[at] = (char)random_between(&random, 1, 255);
        }
        text[length] = '\0';
        assert_false(judge(text));
    }
}

static void test_huge_texts_are_refused(void **state)
{
    enum { HUGE_BYTES = 4 * 1024 * 1024 };
    char *text = malloc(HUGE_BYTES + 1);

    (void)state;
    assert_non_null(text);
    for (const char *byte = "x |*9,"; *byte != '\0'; byte++) {
        memset(text, *byte, HUGE_BYTES);
        text[HUGE_BYTES] = '\0';
        assert_false(judge(text));
        memcpy(text, "poll |signals=TERM", strlen("poll |signals=TERM"));
        bool is_blank = *byte == ' ';
        assert_int_equal(judge(text), is_blank);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generated_scenarios_round_trip),
        cmocka_unit_test(test_mutated_scenarios_are_judged),
        cmocka_unit_test(test_noise_is_refused),
        cmocka_unit_test(test_huge_texts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
