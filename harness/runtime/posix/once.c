/* SPDX-License-Identifier: MIT
 *
 * once.c -- what is done once: pthread_once, and C++ function-local statics.
 *
 * Who comes second waits here, not in libc, for who runs the initialisation; the real call then
 * never blocks, and still gives ThreadSanitizer its edges.
 */
#include "once.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "../real.h"

#pragma weak _dl_find_object /* since glibc 2.35; takes no lock */

#define RUNNING_MAX 256u

struct running {
    const void *object; /* is being initialised; NULL: free place */
    const struct rt_thread *by;
};
static struct running running[RUNNING_MAX] RT_LARGE;
static uint32_t running_count;

static struct running *running_find(const void *object)
{
    for (uint32_t at = 0; at < RUNNING_MAX; at++) {
        if (running[at].object == object) {
            return &running[at];
        }
    }
    return NULL;
}

/* The step has been taken: returns when nobody initialises object, and marks it as ours. */
static void once_begin(struct rt_thread *self, const void *object, enum rt_op op, void *frame)
{
    while (running_find(object) != NULL) {
        (void)rt_block(self, object, RT_NO_DEADLINE);
        rt_step_resumed(self, op, object, frame);
    }
    struct running *place = running_find(NULL);
    if (place == NULL) {
        rt_stop(RT_STOP_UNSUPPORTED, self, "more than 256 initialisations run at once", "", "");
    }
    *place = (struct running){ object, self };
    running_count++;
}

static void once_end(const void *object)
{
    struct running *place = running_find(object);
    if (place != NULL) {
        place->object = NULL;
        running_count--;
    }
    rt_wake_all(object);
}

/* Left in the middle: the next one tries again, and sees what was done until then. */
static void once_abandon(const void *object)
{
    __tsan_release((void *)object);
    once_end(object);
}

void rt_once_thread_ends(const struct rt_thread *thread)
{
    for (uint32_t at = 0; at < RUNNING_MAX && running_count > 0; at++) {
        if (running[at].object != NULL && running[at].by == thread) {
            once_abandon(running[at].object);
        }
    }
}

/* The routine throws.  If its thread is to end, it is abandoned when that has ended: C programs
 * have no personality routine (assemble.sh), and all flavours are to do the same. */
static void once_thrown(const void **object)
{
    if (*object != NULL && !rt_self->ending) {
        once_abandon(*object);
    }
}

/* The unwinder initialises itself in the first thread that is unwound, and when that is depends on
 * who loads it: with the program, or libc at that moment.  So that is no step. */
static bool is_unwinder(const void *caller)
{
    struct dl_find_object found;
    return _dl_find_object != NULL && _dl_find_object((void *)caller, &found) == 0 &&
           strstr(found.dlfo_link_map->l_name, "/libgcc_s.so") != NULL;
}

int pthread_once(pthread_once_t *control, void (*routine)(void))
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL || is_unwinder(__builtin_return_address(0))) {
        return RT_CALL(pthread_once, control, routine);
    }
    rt_step(self, RT_OP_ONCE, control, RT_FRAME);
    once_begin(self, control, RT_OP_ONCE, RT_FRAME);
    __attribute__((cleanup(once_thrown))) const void *unless_thrown = control;
#ifdef RT_TSAN
    /* ThreadSanitizer's own pthread_once waits for ever after a routine that threw: libc's, and the
     * edges. */
    static int (*libc_once)(pthread_once_t *, void (*)(void));
    if (libc_once == NULL) {
        libc_once = (int (*)(pthread_once_t *, void (*)(void)))rt_libc("pthread_once");
    }
    const pthread_once_t before = *control;
    __tsan_acquire(control);
    int error = libc_once(control, routine);
    if (*control != before) { /* whoever finds it done tells nobody anything */
        __tsan_release(control);
    }
#else
    int error = RT_CALL(pthread_once, control, routine);
#endif
    once_end(control);
    unless_thrown = NULL;
    return error;
}

/* ---- C++ function-local statics: libstdc++'s, or ThreadSanitizer's, is behind these ---- */

#pragma clang diagnostic ignored "-Wmissing-prototypes"
#pragma GCC visibility push(default)

#ifdef RT_TSAN
#define GUARD(name) __wrap___cxa_guard_##name
#define GUARD_REAL(type, name) __real___cxa_guard_##name
int __real___cxa_guard_acquire(void *guard);
void __real___cxa_guard_release(void *guard);
void __real___cxa_guard_abort(void *guard);
#else
#define GUARD(name) __cxa_guard_##name
#define GUARD_REAL(type, name) ((type(*)(void *))guard_real("__cxa_guard_" #name))
static void *guard_real(const char *name)
{
    void *real = dlsym(RTLD_NEXT, name);
    if (real == NULL && rt.on) {
        rt_stop(RT_STOP_INTERNAL, rt_self, "no C++ library has ", name, "");
    }
    return real;
}
#endif

int GUARD(acquire)(void *guard)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL) {
        return GUARD_REAL(int, acquire)(guard);
    }
    rt_step(self, RT_OP_GUARD, guard, RT_FRAME);
    once_begin(self, guard, RT_OP_GUARD, RT_FRAME);
    int mine = GUARD_REAL(int, acquire)(guard);
    if (mine == 0) {
        once_end(guard);
    }
    return mine;
}

void GUARD(release)(void *guard)
{
    struct rt_thread *self = RT_ENTER();
    GUARD_REAL(void, release)(guard);
    if (self != NULL) {
        once_end(guard);
    }
}

void GUARD(abort)(void *guard)
{
    struct rt_thread *self = RT_ENTER();
    GUARD_REAL(void, abort)(guard);
    if (self != NULL) {
        once_end(guard);
    }
}

#pragma GCC visibility pop
