/* SPDX-License-Identifier: MIT
 *
 * mem.c -- the runtime's own memcpy and friends.  The compiler makes calls to these names; left to
 * the program's libc they would go through ThreadSanitizer's interceptors, which would take the
 * runtime's state for the program's.  They are local to the runtime's object.
 */
#include <stddef.h>

void *memcpy(void *restrict target, const void *restrict source, size_t size);
void *memmove(void *target, const void *source, size_t size);
void *memset(void *target, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);

void *memcpy(void *restrict target, const void *restrict source, size_t size)
{
    void *result = target;
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(size) : : "memory");
    return result;
}

void *memmove(void *target, const void *source, size_t size)
{
    char *to = target;
    const char *from = source;
    if (to <= from || to >= from + size) {
        return memcpy(target, source, size);
    }
    while (size > 0) {
        size--;
        ((volatile char *)to)[size] = from[size];
    }
    return target;
}

void *memset(void *target, int value, size_t size)
{
    void *result = target;
    __asm__ volatile("rep stosb" : "+D"(target), "+c"(size) : "a"(value) : "memory");
    return result;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *one = left;
    const unsigned char *other = right;
    for (size_t at = 0; at < size; at++) {
        if (one[at] != other[at]) {
            return one[at] < other[at] ? -1 : 1;
        }
    }
    return 0;
}
