/* SPDX-License-Identifier: MIT
 *
 * hooks.c -- atomics, volatiles and plain accesses of the program, as its compiler announces them.
 *
 * A hook of the tsan flavour ends in a tail call, so that ThreadSanitizer sees the program as
 * caller. Since nobody runs beside us, what an operation will do can be read off before: a
 * compare-exchange that will fail and an exchange that changes nothing only look, which is how
 * spinning is noticed.
 */
#include "hooks.h"

#include "core.h"

typedef __int128 rt_int128;
#define TYPE_8 char
#define TYPE_16 short
#define TYPE_32 int
#define TYPE_64 long
#define TYPE_128 rt_int128
#define TYPE(bits) TYPE_##bits

/* -Wmissing-prototypes has no sense for functions that only compilers declare. */
#pragma clang diagnostic ignored "-Wmissing-prototypes"
#pragma clang diagnostic ignored "-Wreserved-identifier"

static __attribute__((noinline)) void point_step(enum rt_op op, const volatile void *address,
                                                 void *frame)
{
    struct rt_thread *self = rt_enter();
    if (self != NULL) {
        rt_step(self, op, (const void *)address, frame);
    }
}

/* The same for what may or may not change something: `changes` is looked at when the step is
 * taken. */
#define POINT_IF(op, address, changes)                                                             \
    if (__builtin_expect(rt.on, 0)) {                                                              \
        struct rt_thread *self = rt_enter();                                                       \
        if (self != NULL) {                                                                        \
            rt_step(self, (op), (const void *)(address), RT_FRAME);                                \
            rt_progress(self, (changes));                                                          \
        }                                                                                          \
    }

static inline void point(enum rt_op op, const volatile void *address, void *frame)
{
    if (__builtin_expect(rt.on, 0)) {
        point_step(op, address, frame);
    }
}

/* A plain access: after very many of them without a step one is forced, or a spin would never
 * end. */
static __attribute__((noinline)) void access_slow(bool write, const void *address, void *frame)
{
    struct rt_thread *self = rt_self;
    if (self == NULL || self != rt.holder || rt.over || self->state == RT_THREAD_ENDED) {
        return; /* not ours to judge: no call was made */
    }
    if (rt.control->points_access != 0) {
        rt_step(self, write ? RT_OP_ACCESS_WRITE : RT_OP_ACCESS_READ, address, frame);
        return;
    }
    self->reads = write ? 0 : self->reads + 1;
    if (++self->accesses == RT_ACCESSES_MAX || self->reads == RT_READS_MAX) {
        rt_step(self, RT_OP_ACCESS_LOOP, NULL, frame);
    }
}

static inline void access(bool write, const void *address, void *frame)
{
    if (__builtin_expect(rt.on, 0)) {
        access_slow(write, address, frame);
    }
}

#ifdef RT_TSAN
#define HOOK(name) __wrap_##name
#define FORWARD(name, ...) __attribute__((musttail)) return __real_##name(__VA_ARGS__)
#define DECLARE_REAL(type, name, ...) type __real_##name(__VA_ARGS__);
#else
#define HOOK(name) name
#define FORWARD(name, ...)
#define DECLARE_REAL(type, name, ...)
#endif

#pragma GCC visibility push(default)

/* ---- atomics ---- */

#ifdef RT_TSAN
#define NATIVE(...)
#else
#define NATIVE(...) __VA_ARGS__
#endif

#define ATOMIC(bits)                                                                               \
    DECLARE_REAL(TYPE(bits), __tsan_atomic##bits##_load, const volatile TYPE(bits) *, int)         \
    TYPE(bits) HOOK(__tsan_atomic##bits##_load)(const volatile TYPE(bits) * at, int order)         \
    {                                                                                              \
        point(RT_OP_ATOMIC_LOAD, at, RT_FRAME);                                                    \
        FORWARD(__tsan_atomic##bits##_load, at, order);                                            \
        NATIVE(return __atomic_load_n(at, __ATOMIC_SEQ_CST); (void)order;)                         \
    }                                                                                              \
    DECLARE_REAL(void, __tsan_atomic##bits##_store, volatile TYPE(bits) *, TYPE(bits), int)        \
    void HOOK(__tsan_atomic##bits##_store)(volatile TYPE(bits) * at, TYPE(bits) value, int order)  \
    {                                                                                              \
        point(RT_OP_ATOMIC_STORE, at, RT_FRAME);                                                   \
        FORWARD(__tsan_atomic##bits##_store, at, value, order);                                    \
        NATIVE(__atomic_store_n(at, value, __ATOMIC_SEQ_CST); (void)order;)                        \
    }                                                                                              \
    DECLARE_REAL(TYPE(bits), __tsan_atomic##bits##_exchange, volatile TYPE(bits) *, TYPE(bits),    \
                 int)                                                                              \
    TYPE(bits)                                                                                     \
    HOOK(__tsan_atomic##bits##_exchange)(volatile TYPE(bits) * at, TYPE(bits) value, int order)    \
    {                                                                                              \
        POINT_IF(RT_OP_ATOMIC_RMW, at, *at != value)                                               \
        FORWARD(__tsan_atomic##bits##_exchange, at, value, order);                                 \
        NATIVE(return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST); (void)order;)              \
    }                                                                                              \
    CAS(bits, strong)                                                                              \
    CAS(bits, weak)                                                                                \
    DECLARE_REAL(TYPE(bits), __tsan_atomic##bits##_compare_exchange_val, volatile TYPE(bits) *,    \
                 TYPE(bits), TYPE(bits), int, int)                                                 \
    TYPE(bits)                                                                                     \
    HOOK(__tsan_atomic##bits##_compare_exchange_val)                                               \
    (volatile TYPE(bits) * at, TYPE(bits) expected, TYPE(bits) value, int order, int failure)      \
    {                                                                                              \
        POINT_IF(RT_OP_ATOMIC_CAS, at, *at == expected)                                            \
        FORWARD(__tsan_atomic##bits##_compare_exchange_val, at, expected, value, order, failure);  \
        NATIVE((void)__atomic_compare_exchange_n(at, &expected, value, 0, __ATOMIC_SEQ_CST,        \
                                                 __ATOMIC_SEQ_CST);                                \
               (void)order; (void)failure; return expected;)                                       \
    }

#define CAS(bits, strength)                                                                        \
    DECLARE_REAL(int, __tsan_atomic##bits##_compare_exchange_##strength, volatile TYPE(bits) *,    \
                 TYPE(bits) *, TYPE(bits), int, int)                                               \
    int HOOK(__tsan_atomic##bits##_compare_exchange_##strength)(                                   \
        volatile TYPE(bits) * at, TYPE(bits) * expected, TYPE(bits) value, int order, int failure) \
    {                                                                                              \
        POINT_IF(RT_OP_ATOMIC_CAS, at, *at == *expected)                                           \
        FORWARD(__tsan_atomic##bits##_compare_exchange_##strength, at, expected, value, order,     \
                failure);                                                                          \
        NATIVE(return __atomic_compare_exchange_n(at, expected, value, 0, __ATOMIC_SEQ_CST,        \
                                                  __ATOMIC_SEQ_CST);                               \
               (void)order; (void)failure;)                                                        \
    }

RT_ATOMIC_BITS(ATOMIC)

#define FETCH(bits, operation)                                                                     \
    DECLARE_REAL(TYPE(bits), __tsan_atomic##bits##_fetch_##operation, volatile TYPE(bits) *,       \
                 TYPE(bits), int)                                                                  \
    TYPE(bits)                                                                                     \
    HOOK(__tsan_atomic##bits##_fetch_##operation)                                                  \
    (volatile TYPE(bits) * at, TYPE(bits) value, int order)                                        \
    {                                                                                              \
        POINT_IF(RT_OP_ATOMIC_RMW, at, value != 0)                                                 \
        FORWARD(__tsan_atomic##bits##_fetch_##operation, at, value, order);                        \
        NATIVE(return __atomic_fetch_##operation(at, value, __ATOMIC_SEQ_CST); (void)order;)       \
    }
#define FETCH_8(operation) FETCH(8, operation)
#define FETCH_16(operation) FETCH(16, operation)
#define FETCH_32(operation) FETCH(32, operation)
#define FETCH_64(operation) FETCH(64, operation)
#define FETCH_128(operation) FETCH(128, operation)
#define FETCHES(bits) RT_ATOMIC_FETCHES(FETCH_##bits)
RT_ATOMIC_BITS(FETCHES)

DECLARE_REAL(void, __tsan_atomic_thread_fence, int)
void HOOK(__tsan_atomic_thread_fence)(int order)
{
    point(RT_OP_ATOMIC_FENCE, NULL, RT_FRAME);
    FORWARD(__tsan_atomic_thread_fence, order);
    NATIVE(__atomic_thread_fence(__ATOMIC_SEQ_CST); (void)order;)
}

/* ---- volatiles: a step, then the plain access; absent from ThreadSanitizer's own library ---- */

#ifdef RT_TSAN
#define PLAIN(name, address) __attribute__((musttail)) return __real_##name(address)
#define DECLARE_PLAIN(name) void __real_##name(void *);
#else
#define PLAIN(name, address)
#define DECLARE_PLAIN(name)
#endif

#define ACCESS(name, is_write)                                                                     \
    DECLARE_PLAIN(__tsan_##name)                                                                   \
    void HOOK(__tsan_##name)(void *address)                                                        \
    {                                                                                              \
        access(is_write, address, RT_FRAME);                                                       \
        PLAIN(__tsan_##name, address);                                                             \
    }
#define VOLATILE(prefix, name, operation)                                                          \
    void __tsan_##prefix##volatile_##name(void *address)                                           \
    {                                                                                              \
        point(operation, address, RT_FRAME);                                                       \
        PLAIN(__tsan_##prefix##name, address);                                                     \
    }

#define ALIGNED(bytes)                                                                             \
    ACCESS(read##bytes, false)                                                                     \
    ACCESS(write##bytes, true)                                                                     \
    VOLATILE(, read##bytes, RT_OP_VOLATILE_READ)                                                   \
    VOLATILE(, write##bytes, RT_OP_VOLATILE_WRITE)
#define UNALIGNED(bytes)                                                                           \
    ACCESS(unaligned_read##bytes, false)                                                           \
    ACCESS(unaligned_write##bytes, true)                                                           \
    VOLATILE(unaligned_, read##bytes, RT_OP_VOLATILE_READ)                                         \
    VOLATILE(unaligned_, write##bytes, RT_OP_VOLATILE_WRITE)
RT_ACCESS_BYTES(ALIGNED)
RT_UNALIGNED_BYTES(UNALIGNED)

/* Clang 15 and later may fuse a read and a write; ThreadSanitizer 14 does not know the name. */
#define COMPOUND(bytes)                                                                            \
    void __tsan_read_write##bytes(void *address)                                                   \
    {                                                                                              \
        access(true, address, RT_FRAME);                                                           \
        PLAIN(__tsan_write##bytes, address);                                                       \
    }                                                                                              \
    void __tsan_unaligned_read_write##bytes(void *address)                                         \
    {                                                                                              \
        access(true, address, RT_FRAME);                                                           \
        PLAIN(__tsan_write##bytes, address);                                                       \
    }

#ifndef RT_TSAN
RT_ACCESS_BYTES(COMPOUND)

/* ---- the rest of the library, for the fast flavour: nothing to do ---- */

#include <string.h>

void __tsan_init(void)
{
}
void __tsan_func_entry(void *pc)
{
    (void)pc;
}
void __tsan_func_exit(void)
{
}
void __tsan_vptr_update(void **pointer, void *value)
{
    access(true, pointer, RT_FRAME);
    (void)value;
}
void __tsan_vptr_read(void **pointer)
{
    access(false, pointer, RT_FRAME);
}
void __tsan_read_range(void *address, unsigned long bytes)
{
    access(false, address, RT_FRAME);
    (void)bytes;
}
void __tsan_write_range(void *address, unsigned long bytes)
{
    access(true, address, RT_FRAME);
    (void)bytes;
}
void __tsan_ignore_thread_begin(void)
{
}
void __tsan_ignore_thread_end(void)
{
}
void __tsan_atomic_signal_fence(int order)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    (void)order;
}
void *__tsan_memcpy(void *target, const void *source, unsigned long size)
{
    return memcpy(target, source, size);
}
void *__tsan_memmove(void *target, const void *source, unsigned long size)
{
    return memmove(target, source, size);
}
void *__tsan_memset(void *target, int value, unsigned long size)
{
    return memset(target, value, size);
}
#endif

#pragma GCC visibility pop
