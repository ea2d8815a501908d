/* SPDX-License-Identifier: MIT
 *
 * key.c -- keys of thread-specific data.  No steps: only a thread that is used again between two
 * executions must know which destructors to run (pool.c).  ThreadSanitizer makes a key of its own
 * while it starts, when nothing may announce a frame to it: so RT_REAL, not RT_CALL.
 */
#include "key.h"

#include "../pool.h"
#include "../real.h"

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    int error = RT_REAL(pthread_key_create)(key, destructor);
    if (error == 0 && rt.on) {
        rt_pool_key(*key, true, destructor);
    }
    return error;
}

int pthread_key_delete(pthread_key_t key)
{
    if (rt.on) {
        rt_pool_key(key, false, NULL);
    }
    return RT_REAL(pthread_key_delete)(key);
}

int tss_create(tss_t *key, tss_dtor_t destructor)
{
    int error = RT_REAL(tss_create)(key, destructor);
    if (error == thrd_success && rt.on) {
        rt_pool_key(*key, true, destructor);
    }
    return error;
}

void tss_delete(tss_t key)
{
    if (rt.on) {
        rt_pool_key(key, false, NULL);
    }
    RT_REAL(tss_delete)(key);
}
