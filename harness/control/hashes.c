/* SPDX-License-Identifier: MIT
 *
 * hashes.c -- which hashes have been seen: open addressing, doubled when half full.
 */
#include <stdlib.h>

#include "session.h"

bool control_hash_add(struct control_hashes *set, uint64_t hash)
{
    hash = hash != 0 ? hash : 1;
    if (set->count * 2 >= set->capacity) {
        struct control_hashes wider = { calloc(set->capacity != 0 ? set->capacity * 2 : 1024, 8),
                                        set->capacity != 0 ? set->capacity * 2 : 1024, 0 };
        if (wider.slots == NULL) {
            return false; /* the count stays behind; nothing else does */
        }
        for (size_t at = 0; at < set->capacity; at++) {
            if (set->slots[at] != 0) {
                (void)control_hash_add(&wider, set->slots[at]);
            }
        }
        free(set->slots);
        *set = wider;
    }
    size_t at = (size_t)(hash & (set->capacity - 1));
    while (set->slots[at] != 0 && set->slots[at] != hash) {
        at = (at + 1) & (set->capacity - 1);
    }
    bool is_new = set->slots[at] == 0;
    set->slots[at] = hash;
    set->count += is_new ? 1 : 0;
    return is_new;
}
