/* SPDX-License-Identifier: MIT
 *
 * tsan.h -- tells a program's ThreadSanitizer what our atomics order, where the library itself is
 * built without it, as installed: it sees our system calls then, but not our atomics.  Weak: in a
 * process without ThreadSanitizer these are no calls.
 */
#ifndef CURFEW_SRC_TSAN_H
#define CURFEW_SRC_TSAN_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CURFEW_BUILT_WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define CURFEW_BUILT_WITH_TSAN 1
#endif

#if defined(CURFEW_BUILT_WITH_TSAN) /* It sees the atomics themselves. */
static inline void curfew__tsan_acquire_sigsafe(const void *address)
{
    (void)address;
}
static inline void curfew__tsan_release_sigsafe(const void *address)
{
    (void)address;
}
#else
extern void __tsan_acquire(const void *address) __attribute__((weak));
extern void __tsan_release(const void *address) __attribute__((weak));

static inline void curfew__tsan_acquire_sigsafe(const void *address)
{
    if (__tsan_acquire != 0) {
        __tsan_acquire(address);
    }
}
static inline void curfew__tsan_release_sigsafe(const void *address)
{
    if (__tsan_release != 0) {
        __tsan_release(address);
    }
}
#endif

#endif
