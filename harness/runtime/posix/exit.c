/* SPDX-License-Identifier: MIT
 *
 * exit.c -- the end of the process.
 *
 * exit() is libc's own, with the other threads still taking turns: each handler and destructor that
 * is registered gets a step before it runs, and takes steps like any other code.  The runtime's
 * handler was registered before all others, so it runs last and ends the execution.
 */
#include "exit.h"

#include <gnu/libc-version.h>

#include "../oracles/unsafe.h"
#include "../real.h"

#define HANDLERS_MAX 8192u

enum handler_kind { HANDLER_NONE, HANDLER_PLAIN, HANDLER_ARGUMENT, HANDLER_STATUS };

struct handler {
    enum handler_kind kind; /* HANDLER_NONE: free place */
    enum rt_op op;
    union {
        void (*plain)(void);
        void (*argument)(void *);
        void (*status)(int, void *);
        void *address;
    } function;
    void *argument;
};

static struct handler handlers[HANDLERS_MAX] RT_LARGE;
static uint32_t handlers_hint;    /* where to look for a free place */
static struct rt_thread *exiting; /* is in exit() */

/* NULL: not under control, or no place left: then the handler runs without a step of its own. */
static struct handler *handler_new(enum handler_kind kind, enum rt_op op, void *function,
                                   void *argument)
{
    if (RT_ENTER() == NULL) {
        return NULL;
    }
    for (uint32_t tried = 0; tried < HANDLERS_MAX; tried++) {
        struct handler *handler = &handlers[handlers_hint++ % HANDLERS_MAX];
        if (handler->kind == HANDLER_NONE) {
            *handler = (struct handler){ kind, op, { .address = function }, argument };
            return handler;
        }
    }
    return NULL;
}

/* The step shows the handler as its place, and behind it who runs the handlers. */
static void handler_call(struct handler *place, int status)
{
    struct handler handler = *place;
    void *frame[2] = { RT_FRAME, (char *)handler.function.address + 1 };
    struct rt_thread *self = RT_ENTER();
    place->kind = HANDLER_NONE;
    if (self != NULL) {
        rt_step(self, handler.op, NULL, frame);
    }
    switch (handler.kind) {
    case HANDLER_PLAIN:
        handler.function.plain();
        break;
    case HANDLER_ARGUMENT:
        handler.function.argument(handler.argument);
        break;
    default:
        handler.function.status(status, handler.argument);
        break;
    }
}

static void handler_run(void *place)
{
    handler_call(place, 0);
}

static void handler_run_status(int status, void *place)
{
    handler_call(place, status);
}

/* libc calls these without an argument: those of quick_exit, in reverse order of registration. */
#define QUICK_MAX 64u
static struct handler *quick[QUICK_MAX];
static uint32_t quick_count;

static void quick_run(void *unused)
{
    (void)unused;
    if (quick_count > 0) {
        handler_call(quick[--quick_count], 0);
    }
}

int __cxa_atexit(void (*function)(void *), void *argument, void *module)
{
    struct handler *handler =
        handler_new(HANDLER_ARGUMENT, RT_OP_EXIT_HANDLER, (void *)function, argument);
    return handler != NULL ? RT_CALL(__cxa_atexit, handler_run, handler, module)
                           : RT_CALL(__cxa_atexit, function, argument, module);
}

/* As in libc_nonshared.a, for the program's own module.  (ThreadSanitizer loses the argument of
 * handlers without a module.) */
extern char __dso_handle __attribute__((visibility("hidden")));
int atexit(void (*function)(void))
{
    struct handler *handler =
        handler_new(HANDLER_PLAIN, RT_OP_EXIT_HANDLER, (void *)function, NULL);
    return handler != NULL
               ? RT_CALL(__cxa_atexit, handler_run, handler, &__dso_handle)
               : RT_CALL(__cxa_atexit, (void (*)(void *))(void *)function, NULL, &__dso_handle);
}

int on_exit(void (*function)(int, void *), void *argument)
{
    struct handler *handler =
        handler_new(HANDLER_STATUS, RT_OP_EXIT_HANDLER, (void *)function, argument);
    return handler != NULL ? RT_CALL(on_exit, handler_run_status, handler)
                           : RT_CALL(on_exit, function, argument);
}

static int quick_add(void (*function)(void *), void *module, void *frame)
{
    struct handler *handler = NULL;
    if (quick_count < QUICK_MAX) {
        handler = handler_new(HANDLER_ARGUMENT, RT_OP_EXIT_HANDLER, (void *)function, NULL);
    }
    if (handler == NULL) {
        return RT_CALL_AT(frame, __cxa_at_quick_exit, function, module);
    }
    quick[quick_count++] = handler;
    return RT_CALL_AT(frame, __cxa_at_quick_exit, quick_run, module);
}

int __cxa_at_quick_exit(void (*function)(void *), void *module)
{
    return quick_add(function, module, RT_FRAME);
}

int at_quick_exit(void (*function)(void))
{
    return quick_add((void (*)(void *))(void *)function, &__dso_handle, RT_FRAME);
}

/* Destructors of C++ thread_local objects. */
int __cxa_thread_atexit_impl(void (*function)(void *), void *argument, void *module)
{
    struct handler *handler =
        handler_new(HANDLER_ARGUMENT, RT_OP_THREAD_HANDLER, (void *)function, argument);
    return handler != NULL ? RT_CALL(__cxa_thread_atexit_impl, handler_run, handler, module)
                           : RT_CALL(__cxa_thread_atexit_impl, function, argument, module);
}

static void quick_last(void *unused)
{
    (void)unused;
    rt_final_handler();
}

void rt_exit_begin(void)
{
    (void)atexit(rt_final_handler);
    (void)RT_REAL(__cxa_at_quick_exit)(quick_last, NULL);
}

/* From 2.41 on libc lets only one thread into exit(); the others wait there for ever. */
static bool exit_is_exclusive(void)
{
    const char *version = gnu_get_libc_version();
    return version[0] == '2' && version[1] == '.' && version[2] >= '4' && version[3] >= '1' &&
           version[3] <= '9';
}

_Noreturn void exit(int status)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        if (rt_unsafe_handlers != 0) {
            rt_unsafe_call(self, "exit", RT_FRAME);
        }
        rt_step(self, RT_OP_EXIT, NULL, RT_FRAME);
        while (exiting != NULL && exiting != self && exit_is_exclusive()) {
            (void)rt_block(self, NULL, RT_NO_DEADLINE);
        }
        rt_embed_exit(self, status);
        exiting = self;
        rt.control->exit_status = status;
    }
    RT_REAL(exit)(status);
    __builtin_unreachable();
}

static void leave_at_once(int status, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_EXIT, NULL, frame);
        rt_end_exit(status, true);
        rt_embed_over();
    }
}

_Noreturn void _exit(int status)
{
    leave_at_once(status, RT_FRAME);
    RT_REAL(_exit)(status);
    __builtin_unreachable();
}

_Noreturn void _Exit(int status)
{
    leave_at_once(status, RT_FRAME);
    RT_REAL(_exit)(status);
    __builtin_unreachable();
}

_Noreturn void quick_exit(int status)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_EXIT, NULL, RT_FRAME);
        rt_embed_exit(self, status);
        rt.control->exit_status = status;
    }
    RT_REAL(quick_exit)(status);
    __builtin_unreachable();
}

_Noreturn void abort(void)
{
    struct rt_thread *self = RT_ENTER();
    if (self != NULL) {
        rt_step(self, RT_OP_ABORT, NULL, RT_FRAME);
        rt_embed_abort();
    }
    RT_REAL(abort)();
    __builtin_unreachable();
}
