/* SPDX-License-Identifier: MIT
 *
 * object.c -- numbers instead of addresses.
 *
 * What a program creates explicitly (pthread_*_init, sem_init ...) is numbered by creation, and
 * that number goes into the hash.  Anything else (a static mutex, an atomic) gets a number by first
 * use, for people only: its memory may have belonged to something else before, which depends on the
 * allocator and so on the flavour.
 */
#include <sys/mman.h>

#include "core.h"
#include "sys.h"

struct object {
    const void *address; /* NULL: free */
    uint32_t display;
    uint32_t created; /* 0: not explicitly, or destroyed since */
};

#define OBJECTS_FIRST 256u /* a page */

static struct object first_table[OBJECTS_FIRST];
static struct object *table = first_table;
static uint32_t capacity = OBJECTS_FIRST; /* a power of two */
static uint32_t used;
static uint16_t filled[OBJECTS_FIRST]; /* places of first_table that are not free */
static uint32_t filled_count;
static uint32_t displays;
static uint32_t creations;

static struct object *object_slot(struct object *in, uint32_t slots, const void *address)
{
    uint64_t hash = (uint64_t)address * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(hash >> 32) & (slots - 1);
    while (in[at].address != NULL && in[at].address != address) {
        at = (at + 1) & (slots - 1);
    }
    return &in[at];
}

static void objects_grow(void)
{
    uint32_t wider = capacity * 4;
    long memory = rt_sys(SYS_mmap, 0, (long)(wider * sizeof(struct object)), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory < 0) {
        rt_stop(RT_STOP_INTERNAL, NULL, "no memory for the table of objects", "", "");
    }
    struct object *grown = (struct object *)memory;
    for (uint32_t at = 0; at < capacity; at++) {
        if (table[at].address != NULL) {
            *object_slot(grown, wider, table[at].address) = table[at];
        }
    }
    if (table != first_table) {
        (void)RT_SYS2(SYS_munmap, table, capacity * sizeof table[0]);
    }
    table = grown;
    capacity = wider;
}

/* The number under which people see it, and its address for the controller's symbolizer. */
static uint32_t display_next(const void *address)
{
    struct rt_control *control = rt.control;
    uint32_t number = ++displays;
    if (number <= RT_OBJECTS_MAX) {
        control->objects[number - 1] = (uint64_t)address;
        control->objects_count = number;
    }
    return number;
}

static struct object *object_find(const void *address)
{
    struct object *object = object_slot(table, capacity, address);
    if (object->address == NULL) {
        if (used >= capacity / 2) {
            objects_grow();
            object = object_slot(table, capacity, address);
        }
        used++;
        if (table == first_table) {
            filled[filled_count++] = (uint16_t)(object - first_table);
        }
        object->address = address;
        object->display = display_next(address);
    }
    return object;
}

uint32_t rt_object_display(const void *address)
{
    return address != NULL ? object_find(address)->display : 0;
}

uint32_t rt_object_creation(const void *address)
{
    return address != NULL ? object_slot(table, capacity, address)->created : 0;
}

uint32_t rt_object_look(const void *address, uint32_t *out_creation)
{
    const struct object *object = address != NULL ? object_find(address) : NULL;
    *out_creation = object != NULL ? object->created : 0;
    return object != NULL ? object->display : 0;
}

void rt_object_create(const void *address)
{
    struct object *object = object_find(address);
    object->created = ++creations;
    object->display = display_next(address);
}

void rt_object_destroy(const void *address)
{
    object_find(address)->created = 0;
}

void rt_objects_reset(void)
{
    if (table != first_table) {
        (void)RT_SYS2(SYS_munmap, table, capacity * sizeof table[0]);
        table = first_table;
        capacity = OBJECTS_FIRST;
    }
    for (uint32_t at = 0; at < filled_count; at++) {
        first_table[filled[at]] = (struct object){ 0 };
    }
    filled_count = used = displays = creations = 0;
}
