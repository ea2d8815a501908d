/* SPDX-License-Identifier: MIT
 *
 * test.h -- cmocka with what it needs, and the generator of scenarios.
 */
#ifndef CURFEW_TESTS_SCENARIOS_TEST_H
#define CURFEW_TESTS_SCENARIOS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenarios/random.h"
#include "scenarios/scenario.h"

/* A scenario that is valid, and of which all bytes are set. */
void generate_scenario(struct random_stream *random, struct scenario *out_scenario);

/* Formats, parses again, and asserts that nothing changed. */
void assert_round_trip(const struct scenario *scenario);

#endif
