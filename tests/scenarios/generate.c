/* SPDX-License-Identifier: MIT
 *
 * generate.c -- valid scenarios from a seed.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

static void generate_workers(struct random_stream *random, struct scenario *scenario)
{
    uint32_t room = SCENARIO_WORKERS_MAX;
    uint32_t wanted = random_between(random, 1, SCENARIO_SPECS_MAX);

    while (scenario->workers_count < wanted) {
        enum scenario_kind kind = (enum scenario_kind)random_between(random, 0, KIND_COUNT - 1);
        uint32_t threads = scenario_kind_threads(kind);
        uint32_t most = room / threads;
        if (most == 0) {
            return;
        }
        uint32_t count = random_between(random, 0, 2) > 0 ? 1 : random_between(random, 1, most);
        scenario->workers[scenario->workers_count++] = (struct scenario_workers){ kind, count };
        room -= count * threads;
    }
}

static void generate_target(struct random_stream *random, const struct scenario *scenario,
                            char *target, size_t size_bytes)
{
    const struct scenario_workers *spec =
        &scenario->workers[random_between(random, 0, scenario->workers_count - 1)];
    uint32_t most = spec->count * scenario_kind_workers(spec->kind);
    unsigned main_flags = scenario_main_words[scenario->main_style].flags;

    switch (random_between(random, 0, 3)) {
    case 0:
        (void)snprintf(target, size_bytes, "main");
        break;
    case 1:
        (void)snprintf(target, size_bytes, "%s-%u", scenario_kind_words[spec->kind].word,
                       random_between(random, 1, most));
        break;
    case 2:
        if ((main_flags & WORD_SIGWAIT) != 0) {
            (void)snprintf(target, size_bytes, "signals");
        }
        break;
    default:
        break;
    }
}

static void generate_signals(struct random_stream *random, struct scenario *scenario)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2 };
    uint32_t room = SCENARIO_SIGNALS_MAX;

    scenario->signals_count = random_between(random, 0, 3) == 0
                                  ? random_between(random, 0, SCENARIO_PLAN_MAX)
                                  : random_between(random, 0, 3);
    for (uint32_t i = 0; i < scenario->signals_count; i++) {
        struct scenario_signal *signal = &scenario->signals[i];
        signal->signo = signals[random_between(random, 0, 5)];
        signal->count = random_between(random, 0, 2) > 0
                            ? 1
                            : random_between(random, 1, room - SCENARIO_PLAN_MAX + i + 1);
        room -= signal->count;
        do {
            signal->anchor = (enum scenario_anchor)random_between(random, 0, ANCHOR_COUNT - 1);
        } while (i == 0 && signal->anchor == ANCHOR_PREVIOUS);
        generate_target(random, scenario, signal->target, sizeof signal->target);
    }
}

void generate_scenario(struct random_stream *random, struct scenario *out_scenario)
{
    memset(out_scenario, 0, sizeof *out_scenario);
    generate_workers(random, out_scenario);
    out_scenario->main_style = (enum scenario_main)random_between(random, 0, MAIN_COUNT - 1);
    out_scenario->exit_policy =
        (enum scenario_exit)random_between(random, 0, EXIT_POLICY_COUNT - 1);
    generate_signals(random, out_scenario);
}

void assert_round_trip(const struct scenario *scenario)
{
    char text[SCENARIO_TEXT_BYTES];
    struct scenario again;
    struct scenario_error error;

    assert_in_range(scenario_format(scenario, text, sizeof text), 1, sizeof text - 1);
    if (scenario_parse(text, &again, &error) != 0) {
        fail_msg("'%s': column %u: %s", text, error.column, error.message);
    }
    assert_memory_equal(scenario, &again, sizeof again);
}
