/* SPDX-License-Identifier: MIT
 *
 * seedfile.c -- attacks the reader of seed files: the bytes as they are, and once more with a
 * header and a checksum that fit, or nothing would get past those.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/control.h"
#include "fuzz.h"

#define HEADER "curfew seed 1\n"

static void parse(char *text, size_t size)
{
    struct control_seed seed;
    char error[512] = "";
    int status = control_is_case(text, size) ? control_case_parse(text, size, "f", &seed, error)
                                             : control_seed_parse(text, size, "f", &seed, error);
    if (status != 0) {
        FUZZ_CHECK(strncmp(error, "cannot read 'f': ", 17) == 0 && strchr(error, '\n') == NULL);
        FUZZ_CHECK(seed.argv == NULL && seed.decisions == NULL && seed.scenario == NULL);
        return;
    }
    FUZZ_CHECK(seed.argv != NULL && seed.decisions_count <= RT_DECISIONS_MAX);
    FUZZ_CHECK(seed.signals_count <= RT_SIGNALS_MAX && seed.records_count <= RT_RECORDS_MAX);
    FUZZ_CHECK((seed.oracles & ~(uint32_t)RT_ORACLES_ALL) == 0 && seed.steps_max > 0);
    control_seed_fini(&seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t sum = UINT64_C(14695981039346656037); /* FNV-1a, as docs/SEED.md has it */
    size_t length = strlen(HEADER);
    char *text = malloc(length + size + 64);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    parse(text, size);
    memcpy(text, HEADER, length);
    memcpy(text + length, data, size);
    length += size;
    if (size > 0 && text[length - 1] != '\n') {
        text[length++] = '\n';
    }
    for (size_t at = 0; at < length; at++) {
        sum = (sum ^ (uint8_t)text[at]) * UINT64_C(1099511628211);
    }
    length += (size_t)snprintf(text + length, 64, "checksum: %016" PRIx64 "\n", sum);
    parse(text, length);
    free(text);
    return 0;
}
