/* SPDX-License-Identifier: MIT
 *
 * real.c -- finds the real functions, and checks that nothing passes the runtime by.
 */
#include "real.h"

#include <dlfcn.h>

#include "core.h"

struct rt_real rt_real;

/* ThreadSanitizer's own definitions; absent in other programs. */
#define X(name) extern __typeof__(name) __interceptor_##name __attribute__((weak));
RT_CALLS(X)
#undef X

void rt_real_init(void)
{
#define X(name)                                                                                    \
    rt_real.name = &__interceptor_##name != NULL ? &__interceptor_##name                           \
                                                 : (__typeof__(&name))dlsym(RTLD_NEXT, #name);
    RT_CALLS(X)
#undef X
}

const char *rt_real_bypassed(void)
{
#define X(name)                                                                                    \
    if (dlsym(RTLD_DEFAULT, #name) != (void *)&name) {                                             \
        return #name;                                                                              \
    }
    RT_CALLS(X)
#undef X
    return NULL;
}

struct timespec rt_real_time(clockid_t clock, const struct timespec *time)
{
    struct timespec here;
    struct timespec there;
    struct timespec result = *time;
    if (clock == CLOCK_REALTIME || RT_REAL(clock_gettime)(clock, &here) != 0 ||
        RT_REAL(clock_gettime)(CLOCK_REALTIME, &there) != 0 || time->tv_nsec < 0 ||
        time->tv_nsec >= 1000000000) {
        return result;
    }
    result.tv_sec += there.tv_sec - here.tv_sec;
    result.tv_nsec += there.tv_nsec - here.tv_nsec;
    if (result.tv_nsec < 0) {
        result.tv_nsec += 1000000000;
        result.tv_sec--;
    } else if (result.tv_nsec >= 1000000000) {
        result.tv_nsec -= 1000000000;
        result.tv_sec++;
    }
    return result;
}

void *rt_libc(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}
