/* SPDX-License-Identifier: MIT
 *
 * fuzz.h -- what the fuzz targets share.
 */
#ifndef CURFEW_FUZZ_H
#define CURFEW_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The engine's way in; 0, or -1: not worth keeping. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that the code under attack broke. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
