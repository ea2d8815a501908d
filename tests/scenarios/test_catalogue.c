/* SPDX-License-Identifier: MIT
 *
 * test_catalogue.c -- the catalogue is sound, and covers what it promises.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "verdict.h"

enum { GOOD_ENTRIES_MIN = 25 };

static struct scenario parse_entry(const struct scenario_entry *entry)
{
    struct scenario scenario;
    struct scenario_error error;

    if (scenario_parse(entry->text, &scenario, &error) != 0) {
        fail_msg("%s: column %u: %s", entry->name, error.column, error.message);
    }
    return scenario;
}

static bool is_good(const struct scenario_entry *entry)
{
    return strcmp(entry->verdict, "pass") == 0;
}

static bool is_verdict(const char *word)
{
#define X(name, verdict_word, class, help)                                                         \
    if (strcmp(word, verdict_word) == 0) {                                                         \
        return true;                                                                               \
    }
    CURFEW_VERDICTS(X)
#undef X
    return false;
}

/* True if a word of it is broken on purpose. */
static bool has_defect(const struct scenario *scenario)
{
    unsigned flags = scenario_main_words[scenario->main_style].flags;

    for (uint32_t i = 0; i < scenario->workers_count; i++) {
        flags |= scenario_kind_words[scenario->workers[i].kind].flags;
    }
    return (flags & WORD_DEFECT) != 0;
}

static void test_entries_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < scenario_catalogue_count; i++) {
        struct scenario scenario = parse_entry(&scenario_catalogue[i]);
        assert_round_trip(&scenario);
    }
}

static void test_names_are_unique_and_found(void **state)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    (void)state;
    for (size_t i = 0; i < scenario_catalogue_count; i++) {
        const struct scenario_entry *entry = &scenario_catalogue[i];
        assert_in_range(strlen(entry->name), 1, SCENARIO_NAME_BYTES - 1);
        assert_int_equal(strspn(entry->name, allowed), strlen(entry->name));
        assert_ptr_equal(scenario_find(entry->name), entry);
        assert_true(entry->help[0] != '\0');
    }
    assert_null(scenario_find("no such name"));
    assert_null(scenario_find(""));
}

/* A bad entry has a defect, a verdict against it, a name that says so, and a good twin. */
static void test_bad_entries_have_twins(void **state)
{
    unsigned good = 0;

    (void)state;
    for (size_t i = 0; i < scenario_catalogue_count; i++) {
        const struct scenario_entry *entry = &scenario_catalogue[i];
        struct scenario scenario = parse_entry(entry);
        bool is_bad = strncmp(entry->name, "bad-", 4) == 0;
        char twin[SCENARIO_NAME_BYTES + 8];
        print_message("%s\n", entry->name);
        assert_true(is_verdict(entry->verdict));
        assert_int_equal(is_bad, !is_good(entry));
        assert_int_equal(is_bad, has_defect(&scenario));
        good += is_good(entry);
        if (is_bad) {
            (void)snprintf(twin, sizeof twin, "good-%s", entry->name + 4);
            assert_non_null(scenario_find(twin));
            assert_true(is_good(scenario_find(twin)));
        }
    }
    assert_in_range(good, GOOD_ENTRIES_MIN, scenario_catalogue_count);
}

static void test_every_word_is_covered(void **state)
{
    bool kinds[KIND_COUNT] = { false };
    bool mains[MAIN_COUNT] = { false };
    bool exits[EXIT_POLICY_COUNT] = { false };

    (void)state;
    for (size_t i = 0; i < scenario_catalogue_count; i++) {
        struct scenario scenario = parse_entry(&scenario_catalogue[i]);
        for (uint32_t spec = 0; spec < scenario.workers_count; spec++) {
            kinds[scenario.workers[spec].kind] = true;
        }
        mains[scenario.main_style] = true;
        exits[scenario.exit_policy] = true;
    }
    for (unsigned i = 0; i < KIND_COUNT; i++) {
        print_message("%s\n", scenario_kind_words[i].word);
        assert_true(kinds[i]);
    }
    for (unsigned i = 0; i < MAIN_COUNT; i++) {
        print_message("main=%s\n", scenario_main_words[i].word);
        assert_true(mains[i]);
    }
    for (unsigned i = 0; i < EXIT_POLICY_COUNT; i++) {
        print_message("exit=%s\n", scenario_exit_words[i].word);
        assert_true(exits[i]);
    }
}

static void test_every_plan_is_covered(void **state)
{
    static const char *const plans[] = {
        "none",
        "TERM",
        "INT",
        "INT,INT",
        "TERM,TERM@cleanup",
        "HUP,TERM",
        "TERM@start",
        "TERM>main",
        "TERM>signals",
        "TERM>poll-1,TERM",
        "USR1*10000,TERM",
        "HUP*10000,TERM",
        "TERM,TERM",
    };

    (void)state;
    for (size_t plan = 0; plan < sizeof plans / sizeof plans[0]; plan++) {
        bool is_covered = false;
        print_message("signals=%s\n", plans[plan]);
        for (size_t i = 0; i < scenario_catalogue_count; i++) {
            struct scenario scenario = parse_entry(&scenario_catalogue[i]);
            char text[SCENARIO_TEXT_BYTES];
            (void)scenario_format_signals(&scenario, text, sizeof text);
            is_covered =
                is_covered || (is_good(&scenario_catalogue[i]) && strcmp(text, plans[plan]) == 0);
        }
        assert_true(is_covered);
    }
}

static void test_64_workers_are_covered(void **state)
{
    struct scenario scenario = parse_entry(scenario_find("workers-64"));
    uint32_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < scenario.workers_count; i++) {
        count += scenario.workers[i].count * scenario_kind_workers(scenario.workers[i].kind);
    }
    assert_int_equal(count, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_round_trip),
        cmocka_unit_test(test_names_are_unique_and_found),
        cmocka_unit_test(test_bad_entries_have_twins),
        cmocka_unit_test(test_every_word_is_covered),
        cmocka_unit_test(test_every_plan_is_covered),
        cmocka_unit_test(test_64_workers_are_covered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
