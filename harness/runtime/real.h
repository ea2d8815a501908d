/* SPDX-License-Identifier: MIT
 *
 * real.h -- the functions that the runtime stands in front of.
 *
 * Each family in posix/ has a table of the names that it defines; RT_CALLS is all of them.  From it
 * come the pointers to the real functions, the list of exported names, and the check at start.  In
 * a program built with ThreadSanitizer the real function is its interceptor, else what comes next
 * in link order.
 */
#ifndef RT_REAL_H
#define RT_REAL_H

#include "posix/calls.h"

#ifndef RT_EXPORTS_ONLY

#include "core.h"

/* Old programs call what is deprecated (siginterrupt). */
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

/* All else in the runtime is hidden. */
#define X(name) extern __typeof__(name) name __attribute__((visibility("default")));
RT_CALLS(X)
#undef X

struct rt_real {
#define X(name) __typeof__(&name) name;
    RT_CALLS(X)
#undef X
};
extern struct rt_real rt_real;

/* Finds them all.  May be called again. */
void rt_real_init(void);
/* The first name whose definition in this process is not the runtime's; NULL: all are. */
const char *rt_real_bypassed(void);

/* The real function; found on first use when something calls before rt_real_init. */
#define RT_REAL(name)                                                                              \
    (__extension__({                                                                               \
        if (__builtin_expect(rt_real.name == NULL, 0)) {                                           \
            rt_real_init();                                                                        \
        }                                                                                          \
        rt_real.name;                                                                              \
    }))

/* Calls it so that a report of ThreadSanitizer shows the caller of the intercepted function. */
#ifdef RT_TSAN
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
#define RT_CALL_AT(frame, name, ...)                                                               \
    (__extension__({                                                                               \
        __tsan_func_entry(((void **)(frame))[1]);                                                  \
        __typeof__(RT_REAL(name)(__VA_ARGS__)) rt_call_result = RT_REAL(name)(__VA_ARGS__);        \
        __tsan_func_exit();                                                                        \
        rt_call_result;                                                                            \
    }))
#else
#define RT_CALL_AT(frame, name, ...) ((void)(frame), RT_REAL(name)(__VA_ARGS__))
#endif
#define RT_CALL(name, ...) RT_CALL_AT(RT_FRAME, name, __VA_ARGS__)

/* Not under control: ThreadSanitizer 14 does not know the calls that name a clock, so they are made
 * as those that go by the real-time clock.  `time` by `clock` becomes a time by that. */
struct timespec rt_real_time(clockid_t clock, const struct timespec *time);

/* Edges for ThreadSanitizer where its own interceptor cannot be used; nothing in the fast
 * flavour. */
#ifdef RT_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#else
#define __tsan_acquire(address) ((void)(address))
#define __tsan_release(address) ((void)(address))
#endif
/* libc's own function, behind ThreadSanitizer's back. */
void *rt_libc(const char *name);

#endif
#endif
