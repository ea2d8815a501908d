/* SPDX-License-Identifier: MIT
 *
 * mutator.c -- mutate.c as AFL++ and libFuzzer want it.
 *
 * AFL++ loads this as a library (AFL_CUSTOM_MUTATOR_LIBRARY); libFuzzer has it linked.  What either
 * keeps is a canonical case file.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mutate.h"

#define EDITS_IN_A_ROW 32u /* of one input, before AFL++ takes the next */

/* ---- libFuzzer ---- */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t out_size_max,
                                 unsigned seed);

static size_t edit(struct mutator *mutator, const uint8_t *data, size_t size, const uint8_t *other,
                   size_t other_size, uint8_t *out, size_t size_max, const char **out_did)
{
    static struct execution_case execution;
    static struct execution_case second;
    size_t edited = 0;
    case_decode(data, size, &execution);
    if (other != NULL) {
        case_decode(other, other_size, &second);
    }
    *out_did = mutate(mutator, &execution, other != NULL ? &second : NULL);
    int status = case_encode(&execution, out, size_max, &edited);
    FUZZ_CHECK(status != -22 /* EINVAL */);
    return status == 0 ? edited : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static struct mutator mutator;
    static uint8_t bytes[CASE_BYTES_MAX];
    const char *did;
    FUZZ_CHECK(mutator_init(&mutator, seed));
    size_t edited = edit(&mutator, data, size, NULL, 0, bytes,
                         max_size < sizeof bytes ? max_size : sizeof bytes, &did);
    if (edited == 0) {
        return size < max_size ? size : max_size;
    }
    memcpy(data, bytes, edited);
    return edited;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t out_size_max,
                                 unsigned seed)
{
    static struct mutator mutator;
    const char *did;
    FUZZ_CHECK(mutator_init(&mutator, seed));
    return edit(&mutator, data, size, other, other_size, out, out_size_max, &did);
}

/* ---- AFL++ ---- */

struct state {
    struct mutator mutator;
    const char *did;
    uint8_t bytes[CASE_BYTES_MAX];
    struct execution_case kept; /* while it is trimmed */
    struct execution_case tried;
    uint32_t next; /* record to leave out */
};

void *afl_custom_init(void *afl, unsigned seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t size_max);
uint32_t afl_custom_fuzz_count(void *data, const uint8_t *bytes, size_t size);
const char *afl_custom_describe(void *data, size_t length_max);
int32_t afl_custom_init_trim(void *data, uint8_t *bytes, size_t size);
size_t afl_custom_trim(void *data, uint8_t **out);
int32_t afl_custom_post_trim(void *data, unsigned char success);

void *afl_custom_init(void *afl, unsigned seed)
{
    struct state *state = calloc(1, sizeof *state);
    (void)afl;
    if (state != NULL && !mutator_init(&state->mutator, seed)) {
        free(state);
        return NULL;
    }
    return state;
}

void afl_custom_deinit(void *data)
{
    free(data);
}

size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t size_max)
{
    struct state *state = data;
    *out = state->bytes;
    return edit(&state->mutator, bytes, size, other, other_size, state->bytes,
                size_max < sizeof state->bytes ? size_max : sizeof state->bytes, &state->did);
}

/* Left to itself, AFL++ edits the first input until it finds nothing new for thousands of times,
 * which is a campaign of seeds without feedback. */
uint32_t afl_custom_fuzz_count(void *data, const uint8_t *bytes, size_t size)
{
    (void)data;
    (void)bytes;
    (void)size;
    return EDITS_IN_A_ROW;
}

/* Becomes part of a file's name. */
const char *afl_custom_describe(void *data, size_t length_max)
{
    static char text[64];
    const struct state *state = data;
    size_t length = 0;
    for (const char *at = state->did != NULL ? state->did : "";
         *at != '\0' && length + 1 < sizeof text && length < length_max; at++) {
        text[length++] = *at >= 'a' && *at <= 'z' ? *at : '-';
    }
    text[length] = '\0';
    return text;
}

/* Records are left out one at a time. */
int32_t afl_custom_init_trim(void *data, uint8_t *bytes, size_t size)
{
    struct state *state = data;
    case_decode(bytes, size, &state->kept);
    state->next = 0;
    return (int32_t)state->kept.records_count;
}

size_t afl_custom_trim(void *data, uint8_t **out)
{
    struct state *state = data;
    size_t size = 0;
    state->tried = state->kept;
    state->tried.records[state->next].kind = RT_RECORD_NONE;
    case_sort(&state->tried);
    *out = state->bytes;
    FUZZ_CHECK(case_encode(&state->tried, state->bytes, sizeof state->bytes, &size) == 0);
    return size;
}

/* The number of the next step; as many as there were records: it is done. */
int32_t afl_custom_post_trim(void *data, unsigned char success)
{
    struct state *state = data;
    uint32_t before = state->kept.records_count;
    if (success != 0) {
        state->kept = state->tried;
    } else {
        state->next++;
    }
    return state->next >= state->kept.records_count
               ? INT32_MAX
               : (int32_t)(state->next < before ? state->next : before);
}
