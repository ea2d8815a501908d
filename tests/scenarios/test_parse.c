/* SPDX-License-Identifier: MIT
 *
 * test_parse.c -- what is read from good texts, and what is said of wrong ones.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

static struct scenario parse(const char *text)
{
    struct scenario scenario;
    struct scenario_error error;

    if (scenario_parse(text, &scenario, &error) != 0) {
        fail_msg("'%s': column %u: %s", text, error.column, error.message);
    }
    return scenario;
}

static void test_parse_without_clauses_has_defaults(void **state)
{
    struct scenario scenario = parse("poll");

    (void)state;
    assert_int_equal(scenario.workers_count, 1);
    assert_int_equal(scenario.workers[0].kind, KIND_POLL);
    assert_int_equal(scenario.workers[0].count, 1);
    assert_int_equal(scenario.main_style, MAIN_WAIT);
    assert_int_equal(scenario.exit_policy, EXIT_POLICY_ZERO);
    assert_int_equal(scenario.signals_count, 1);
    assert_int_equal(scenario.signals[0].signo, SIGTERM);
    assert_int_equal(scenario.signals[0].count, 1);
    assert_int_equal(scenario.signals[0].anchor, ANCHOR_READY);
    assert_string_equal(scenario.signals[0].target, "");
}

static void test_parse_full_line_reads_every_part(void **state)
{
    struct scenario scenario = parse("poll*3  wait\tpoll | exit=128|main=sigwait | "
                                     "signals=HUP,TERM*7@cleanup>poll-4,INT@start,USR1>signals ");

    (void)state;
    assert_int_equal(scenario.workers_count, 3);
    assert_int_equal(scenario.workers[0].count, 3);
    assert_int_equal(scenario.workers[1].kind, KIND_WAIT);
    assert_int_equal(scenario.workers[2].kind, KIND_POLL);
    assert_int_equal(scenario.main_style, MAIN_SIGWAIT);
    assert_int_equal(scenario.exit_policy, EXIT_POLICY_CODE128);
    assert_int_equal(scenario.signals_count, 4);
    assert_int_equal(scenario.signals[0].anchor, ANCHOR_READY);
    assert_int_equal(scenario.signals[1].signo, SIGTERM);
    assert_int_equal(scenario.signals[1].count, 7);
    assert_int_equal(scenario.signals[1].anchor, ANCHOR_CLEANUP);
    assert_string_equal(scenario.signals[1].target, "poll-4");
    assert_int_equal(scenario.signals[2].anchor, ANCHOR_START);
    assert_int_equal(scenario.signals[3].anchor, ANCHOR_PREVIOUS);
    assert_string_equal(scenario.signals[3].target, "signals");
}

static void test_parse_none_is_an_empty_plan(void **state)
{
    struct scenario scenario = parse("queue | signals=none");

    (void)state;
    assert_int_equal(scenario.signals_count, 0);
}

/* A pair counts as two threads, with two names. */
static void test_parse_pair_has_two_targets(void **state)
{
    (void)state;
    (void)parse("queue*2 | signals=TERM>queue-4");
}

#define WORKERS                                                                                    \
    "(allowed: poll, wait, cond, io, accept, pool, cpu, stages, early, fail, exit, daemon, "       \
    "spawn, "                                                                                      \
    "stop, slow, lock, queue, class, flag, phase, file; broken on purpose: ignore, lag, skip, "    \
    "twice, race, abandon, crash, status, litter)"
#define SIGNALS "(allowed: TERM, INT, QUIT, HUP, USR1, USR2)"

static const struct {
    const char *text;
    uint32_t column;
    const char *message;
} wrong[] = {
    { "", 1, "no worker in the first clause" },
    { "  \t ", 1, "no worker in the first clause" },
    { "| main=wait", 1, "no worker in the first clause" },
    { "pol", 1, "unknown worker 'pol' " WORKERS },
    { "poll  Wait", 7, "unknown worker 'Wait' " WORKERS },
    { "poll main=wait", 6, "unknown worker 'main=wait' " WORKERS },
    { "po\x01\xc3ll", 1, "unknown worker 'po\\x01\\xc3ll' " WORKERS },
    { "pppppppppppppppppppppppppppppppppppppppppp", 1,
      "unknown worker 'pppppppppppppppppppppppppppppppppppppppp...' " WORKERS },
    { "poll*", 6, "bad count '' (allowed: 1 to 256)" },
    { "poll*0", 6, "bad count '0' (allowed: 1 to 256)" },
    { "poll*01", 6, "bad count '01' (allowed: 1 to 256)" },
    { "poll*-1", 6, "bad count '-1' (allowed: 1 to 256)" },
    { "poll*2*2", 6, "bad count '2*2' (allowed: 1 to 256)" },
    { "poll*257", 6, "bad count '257' (allowed: 1 to 256)" },
    { "poll*4294967297", 6, "bad count '4294967297' (allowed: 1 to 256)" },
    { "poll*256 wait", 10, "too many threads with 'wait': 257 (allowed: 256)" },
    { "queue*129", 1, "too many threads with 'queue*129': 258 (allowed: 256)" },
    { "pool*86", 1, "too many threads with 'pool*86': 258 (allowed: 256)" },
    { "poll |", 7, "empty clause (allowed: main, signals, exit)" },
    { "poll | | main=wait", 7, "empty clause (allowed: main, signals, exit)" },
    { "poll | mian=wait", 8, "unknown clause 'mian' (allowed: main, signals, exit)" },
    { "poll | wait", 8, "unknown clause 'wait' (allowed: main, signals, exit)" },
    { "poll | main", 8, "no '=' after 'main'" },
    { "poll | main =wait", 8, "unknown clause 'main ' (allowed: main, signals, exit)" },
    { "poll | main=wait | main=wait", 20, "repeated clause 'main'" },
    { "poll | signals=TERM | exit=128 | signals=INT", 34, "repeated clause 'signals'" },
    { "poll | main=", 13,
      "unknown main style '' (allowed: wait, sigwait, signalfd, sigsuspend, join, loop, flags, "
      "reload; broken on purpose: swallow)" },
    { "poll | exit=1", 13, "unknown exit policy '1' (allowed: zero, reraise, 128)" },
    { "poll | signals=", 16, "unknown signal '' " SIGNALS },
    { "poll | signals=SIGTERM", 16, "unknown signal 'SIGTERM' " SIGNALS },
    { "poll | signals=TERM,", 21, "unknown signal '' " SIGNALS },
    { "poll | signals=TERM, INT", 21, "unknown signal ' INT' " SIGNALS },
    { "poll | signals=TERM,none", 21, "unknown signal 'none' " SIGNALS },
    { "poll | signals=KILL", 16, "unknown signal 'KILL' " SIGNALS },
    { "poll | signals=TERM*0", 21, "bad count '0' (allowed: 1 to 16384)" },
    { "poll | signals=USR1*16384,TERM", 27,
      "too many signals with 'TERM': 16385 (allowed: 16384)" },
    { "poll | signals=TERM@", 21,
      "unknown anchor '' (allowed: ready, start, handled, previous, cleanup)" },
    { "poll | signals=TERM@end", 21,
      "unknown anchor 'end' (allowed: ready, start, handled, previous, cleanup)" },
    { "poll | signals=TERM@previous", 21, "no signal before the first for anchor 'previous'" },
    { "poll | signals=TERM>", 21, "bad thread name '' (allowed: 1 to 15 printing characters)" },
    { "poll | signals=TERM>poll-1@start", 21,
      "no thread 'poll-1@start' (allowed: main, and each worker's KIND-N)" },
    { "poll | signals=TERM>abcdefghijklmnop", 21,
      "bad thread name 'abcdefghijklmnop' (allowed: 1 to 15 printing characters)" },
    { "poll | signals=TERM>wait-1", 21,
      "no thread 'wait-1' (allowed: main, and each worker's KIND-N)" },
    { "poll*2 | signals=TERM>poll-3", 23,
      "no thread 'poll-3' (allowed: main, and each worker's KIND-N)" },
    { "poll | signals=TERM>poll-0", 21,
      "no thread 'poll-0' (allowed: main, and each worker's KIND-N)" },
    { "poll | signals=TERM>poll-01", 21,
      "no thread 'poll-01' (allowed: main, and each worker's KIND-N)" },
    { "poll | signals=INT>signals", 20,
      "no thread 'signals' (allowed: main, and each worker's KIND-N)" },
    { "poll | signals=INT>x | main=sigwait", 20,
      "no thread 'x' (allowed: main, signals, and each worker's KIND-N)" },
};

static void test_parse_wrong_text_names_the_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct scenario scenario;
        struct scenario_error error = { 0, "" };
        print_message("'%s'\n", wrong[i].text);
        assert_int_equal(scenario_parse(wrong[i].text, &scenario, &error), -EINVAL);
        assert_string_equal(error.message, wrong[i].message);
        assert_int_equal(error.column, wrong[i].column);
    }
}

/* `count` times "word" with `between` between them. */
static void repeat(char *text, size_t size_bytes, const char *word, const char *between,
                   unsigned count)
{
    size_t length = strlen(text);

    for (unsigned i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, size_bytes - length, "%s%s", i > 0 ? between : "",
                                   word);
        assert_true(length < size_bytes);
    }
}

static void test_parse_limits_are_exact(void **state)
{
    struct scenario scenario;
    struct scenario_error error;
    char text[1024] = "";

    (void)state;
    (void)parse("poll*256");
    (void)parse("pool*85 poll");
    (void)parse("poll | signals=USR1*16383,TERM");
    repeat(text, sizeof text, "poll", " ", SCENARIO_SPECS_MAX);
    assert_int_equal(parse(text).workers_count, SCENARIO_SPECS_MAX);
    (void)strcat(text, " io");
    assert_int_equal(scenario_parse(text, &scenario, &error), -EINVAL);
    assert_string_equal(error.message, "too many words before 'io' (allowed: 64)");

    (void)snprintf(text, sizeof text, "poll | signals=");
    repeat(text, sizeof text, "INT", ",", SCENARIO_PLAN_MAX);
    assert_int_equal(parse(text).signals_count, SCENARIO_PLAN_MAX);
    (void)strcat(text, ",TERM");
    assert_int_equal(scenario_parse(text, &scenario, &error), -EINVAL);
    assert_string_equal(error.message,
                        "too many signals before 'TERM' (allowed: 64 between commas)");
}

static void test_parse_signals_alone_takes_any_thread(void **state)
{
    struct scenario scenario = parse("poll");
    struct scenario_error error;

    (void)state;
    assert_int_equal(
        scenario_parse_signals(" HUP,TERM>Web Content", ANCHOR_READY, &scenario, &error), -EINVAL);
    assert_int_equal(scenario_parse_signals(" HUP,TERM>worker/7 ", ANCHOR_READY, &scenario, &error),
                     0);
    assert_int_equal(scenario.signals_count, 2);
    assert_string_equal(scenario.signals[1].target, "worker/7");
    assert_int_equal(scenario.workers_count, 1);
}

static void test_parse_signals_first_anchor_is_the_callers(void **state)
{
    static const char *const plans[] = { "TERM", "INT,INT", "USR1*1000,TERM",
                                         "TERM>main,TERM@start" };
    struct scenario scenario = parse("poll");
    struct scenario_error error;

    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        assert_int_equal(scenario_parse_signals(plans[i], ANCHOR_HANDLED, &scenario, &error), 0);
        assert_int_equal(scenario.signals[0].anchor, ANCHOR_HANDLED);
        assert_int_not_equal(scenario.signals[1].anchor, ANCHOR_HANDLED);
    }
    assert_int_equal(scenario_parse_signals("TERM@ready", ANCHOR_HANDLED, &scenario, &error), 0);
    assert_int_equal(scenario.signals[0].anchor, ANCHOR_READY);
}

static void test_parse_signals_wrong_text_writes_nothing(void **state)
{
    struct scenario scenario = parse("poll | signals=INT,HUP");
    struct scenario before = scenario;
    struct scenario_error error;

    (void)state;
    assert_int_equal(scenario_parse_signals("TERM,TERM,FOO", ANCHOR_READY, &scenario, &error),
                     -EINVAL);
    assert_int_equal(error.column, 11);
    assert_memory_equal(&scenario, &before, sizeof before);
}

static void test_format_is_canonical(void **state)
{
    struct scenario scenario =
        parse("poll*1 wait*2|signals=TERM*1@ready,INT@previous>main,HUP@ready,USR1*3@start");
    static const char expected[] = "poll wait*2 | main=wait | "
                                   "signals=TERM,INT>main,HUP@ready,USR1*3@start | exit=zero";
    char text[sizeof expected];

    (void)state;
    assert_int_equal(scenario_format(&scenario, text, sizeof text), sizeof expected - 1);
    assert_string_equal(text, expected);
    assert_int_equal(scenario_format_signals(&scenario, text, sizeof text),
                     strlen("TERM,INT>main,HUP@ready,USR1*3@start"));
    assert_string_equal(text, "TERM,INT>main,HUP@ready,USR1*3@start");
}

static void test_format_into_too_little_room_is_cut(void **state)
{
    struct scenario scenario = parse("poll wait | signals=none | exit=reraise");
    char whole[128];
    size_t length = scenario_format(&scenario, whole, sizeof whole);

    (void)state;
    assert_int_equal(scenario_format(&scenario, NULL, 0), length);
    for (size_t room = 1; room <= length; room++) {
        char text[128];
        memset(text, '#', sizeof text);
        assert_int_equal(scenario_format(&scenario, text, room), length);
        assert_memory_equal(text, whole, room - 1);
        assert_int_equal(text[room - 1], '\0');
        assert_int_equal(text[room], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_without_clauses_has_defaults),
        cmocka_unit_test(test_parse_full_line_reads_every_part),
        cmocka_unit_test(test_parse_none_is_an_empty_plan),
        cmocka_unit_test(test_parse_pair_has_two_targets),
        cmocka_unit_test(test_parse_wrong_text_names_the_word),
        cmocka_unit_test(test_parse_limits_are_exact),
        cmocka_unit_test(test_parse_signals_alone_takes_any_thread),
        cmocka_unit_test(test_parse_signals_first_anchor_is_the_callers),
        cmocka_unit_test(test_parse_signals_wrong_text_writes_nothing),
        cmocka_unit_test(test_format_is_canonical),
        cmocka_unit_test(test_format_into_too_little_room_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
