/* SPDX-License-Identifier: MIT
 *
 * flavours.c -- the table of flavours, by name.
 */
#include "flavours.h"

#include <stddef.h>
#include <string.h>

#define ROW(word) word,
static const char *const flavours[] = { CONTROL_FLAVOURS(ROW, ) };

const char *control_flavour_find(const char *name)
{
    for (size_t at = 0; at < sizeof flavours / sizeof flavours[0]; at++) {
        if (strcmp(flavours[at], name) == 0) {
            return flavours[at];
        }
    }
    return NULL;
}
