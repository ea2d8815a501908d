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
