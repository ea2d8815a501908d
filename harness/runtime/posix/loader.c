/* SPDX-License-Identifier: MIT
 *
 * loader.c -- shared libraries: libc holds a lock of its own while their constructors and
 * destructors run, which may take any number of steps.  Who comes meanwhile waits here.
 *
 * dlsym takes the same lock, and is not intercepted: it looks at its caller's address to find out
 * what "next" means.
 */
#include "loader.h"

#include "../real.h"

static struct rt_thread *owner;
static uint32_t depth;

/* NULL: not under control. */
static struct rt_thread *loader_lock(enum rt_op op, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return NULL;
    }
    rt_step(self, op, &owner, frame);
    while (owner != NULL && owner != self) {
        (void)rt_block(self, &owner, RT_NO_DEADLINE);
        rt_step_resumed(self, op, &owner, frame);
    }
    owner = self;
    depth++;
    return self;
}

static void loader_unlock(const struct rt_thread *self)
{
    if (self != NULL && --depth == 0) {
        owner = NULL;
        rt_wake_all(&owner);
    }
}

/* libc takes the program for the caller: the search path of a library that opens another one is not
 * looked at. */
void *dlopen(const char *file, int mode)
{
    struct rt_thread *self = loader_lock(RT_OP_DLOPEN, RT_FRAME);
    void *handle = RT_CALL(dlopen, file, mode);
    loader_unlock(self);
    return handle;
}

void *dlmopen(Lmid_t space, const char *file, int mode)
{
    struct rt_thread *self = loader_lock(RT_OP_DLOPEN, RT_FRAME);
    void *handle = RT_CALL(dlmopen, space, file, mode);
    loader_unlock(self);
    return handle;
}

int dlclose(void *handle)
{
    struct rt_thread *self = loader_lock(RT_OP_DLCLOSE, RT_FRAME);
    int result = RT_CALL(dlclose, handle);
    loader_unlock(self);
    return result;
}
