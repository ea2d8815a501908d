/* SPDX-License-Identifier: MIT
 *
 * decoder.c -- attacks the decoder of cases: any bytes, to a case, to bytes, and the same case
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "case/case.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct execution_case execution;
    static struct execution_case again;
    uint8_t bytes[CASE_BYTES_MAX];
    uint8_t bytes_again[CASE_BYTES_MAX];
    size_t bytes_size = 0;
    size_t again_size = 0;
    struct scenario scenario;
    struct scenario_error error;
    char text[SCENARIO_TEXT_BYTES];

    case_decode(data, size, &execution);
    FUZZ_CHECK(case_encode(&execution, bytes, sizeof bytes, &bytes_size) == 0);
    case_decode(bytes, bytes_size, &again);
    FUZZ_CHECK(memcmp(&execution, &again, sizeof again) == 0);
    FUZZ_CHECK(case_encode(&again, bytes_again, sizeof bytes_again, &again_size) == 0);
    FUZZ_CHECK(bytes_size == again_size && memcmp(bytes, bytes_again, again_size) == 0);
    if (!execution.is_program) {
        FUZZ_CHECK(scenario_format(&execution.scenario, text, sizeof text) < sizeof text);
        FUZZ_CHECK(scenario_parse(text, &scenario, &error) == 0);
        FUZZ_CHECK(memcmp(&scenario, &execution.scenario, sizeof scenario) == 0);
    }
    return 0;
}
