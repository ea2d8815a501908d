/* SPDX-License-Identifier: MIT
 *
 * sys.h -- system calls made by the runtime itself: no libc, no errno, unseen by any sanitizer.
 */
#ifndef RT_SYS_H
#define RT_SYS_H

#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if !defined(__x86_64__) || !defined(__linux__)
#error "the controlled runtime knows Linux on x86-64 only"
#endif

/* The result is the kernel's: negative errno on failure. */
static inline long rt_sys(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define RT_SYS0(n) rt_sys((n), 0, 0, 0, 0, 0, 0)
#define RT_SYS1(n, a) rt_sys((n), (long)(a), 0, 0, 0, 0, 0)
#define RT_SYS2(n, a, b) rt_sys((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define RT_SYS3(n, a, b, c) rt_sys((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define RT_SYS4(n, a, b, c, d) rt_sys((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define RT_SYS5(n, a, b, c, d, e)                                                                  \
    rt_sys((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

/* Sleeps while *word is value; may return early. */
static inline void rt_futex_wait(uint32_t *word, uint32_t value)
{
    (void)RT_SYS4(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, 0);
}

static inline void rt_futex_wake(uint32_t *word)
{
    (void)RT_SYS3(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

#endif
