/* SPDX-License-Identifier: MIT
 *
 * jump.c -- siglongjmp and its kin: a jump out of handlers, back to the virtual mask.
 *
 * In the kernel all is blocked, and so that is what libc's sigsetjmp saves.  The virtual mask is
 * noted beside it, in the part of the set that the kernel does not use: by a stub, for sigsetjmp
 * returns twice, and ThreadSanitizer defines it itself.  A shared library's own sigsetjmp passes
 * the stub by: then the mask is the one that the outermost of the handlers left had interrupted.
 */
#include "jump.h"

#include "../real.h"
#include "../signals.h"
#include "../sys.h"

#define NOTED UINT64_C(0x6375726665770001)

enum { WORD_KERNEL, WORD_MASK, WORD_NOTED }; /* of __saved_mask */
enum { REGISTER_STACK = 6 };                 /* of __jmpbuf, on x86-64 */

/* What the stub calls. */
void rt_jump_note(struct __jmp_buf_tag *env, int saves);

void rt_jump_note(struct __jmp_buf_tag *env, int saves)
{
    /* Without `saves` it may be libc's smaller structure (pthread_cleanup_push). */
    if (saves != 0) {
        struct rt_thread *self = rt_self;
        bool controlled = rt.on && !rt.over && self != NULL;
        env->__saved_mask.__val[WORD_MASK] = controlled ? self->signals.mask : 0;
        env->__saved_mask.__val[WORD_NOTED] = controlled ? NOTED : 0;
    }
}

#define X(name)                                                                                    \
    __asm__(".text\n"                                                                              \
            ".globl __wrap_" #name "\n"                                                            \
            ".type __wrap_" #name ", @function\n"                                                  \
            "__wrap_" #name ":\n"                                                                  \
            "push %rdi\n"                                                                          \
            "push %rsi\n"                                                                          \
            "sub $8, %rsp\n"                                                                       \
            "call rt_jump_note\n"                                                                  \
            "add $8, %rsp\n"                                                                       \
            "pop %rsi\n"                                                                           \
            "pop %rdi\n"                                                                           \
            "jmp __real_" #name "@PLT\n"                                                           \
            ".size __wrap_" #name ", . - __wrap_" #name "\n");
RT_JUMP_NOTED(X)
#undef X

/* libc mangles the pointers that it saves (PTR_MANGLE). */
static const void *jump_stack(const struct __jmp_buf_tag *env)
{
    uintptr_t value = (uintptr_t)env->__jmpbuf[REGISTER_STACK];
    __asm__("ror $0x11, %0\n\txor %%fs:0x30, %0" : "+r"(value));
    return (const void *)value;
}

static bool stack_holds(const stack_t *stack, const void *address)
{
    return (stack->ss_flags & SS_DISABLE) == 0 &&
           (uintptr_t)address - (uintptr_t)stack->ss_sp < stack->ss_size;
}

/* Is what lies at `address` deeper?  A handler's stack is deeper than the thread's. */
static bool stack_is_left(const stack_t *alternate, const void *address, const void *to)
{
    bool alternate_from = stack_holds(alternate, address);
    bool alternate_to = stack_holds(alternate, to);
    return alternate_from == alternate_to ? (uintptr_t)address < (uintptr_t)to : alternate_from;
}

bool rt_jump_leave(struct rt_thread *self, const void *to, uint64_t *out_mask)
{
    stack_t alternate = { .ss_flags = SS_DISABLE };
    bool left = false;
    (void)RT_SYS2(SYS_sigaltstack, NULL, &alternate);
    while (self->waits != NULL && stack_is_left(&alternate, self->waits, to)) {
        self->waits = self->waits->outer;
    }
    while (self->signals.frame != NULL && stack_is_left(&alternate, self->signals.frame, to)) {
        *out_mask = rt_signal_leave(self);
        left = true;
    }
    if (left) {
        self->signals.return_mask_set = false;
        for (uint32_t at = 0; at < rt.live_count; at++) {
            struct rt_thread *thread = &rt.threads[rt.live[at]];
            thread->joiner = thread->joiner == (int)self->number ? -1 : thread->joiner;
        }
    }
    return left;
}

void rt_jump_leave_all(struct rt_thread *self)
{
    uint64_t mask;
    (void)rt_jump_leave(self, (const void *)UINTPTR_MAX, &mask);
}

/* Before the jump; what the mask admits is taken here, as the kernel does it. */
static void jump_prepare(struct __jmp_buf_tag *env, void *frame)
{
    struct rt_thread *self = RT_ENTER();
    if (self == NULL || (env->__mask_was_saved == 0 && self->signals.frame == NULL)) {
        return;
    }
    rt_step(self, RT_OP_LONGJMP, NULL, frame);
    uint64_t mask = self->signals.mask;
    bool left = rt_jump_leave(self, jump_stack(env), &mask);
    if (env->__mask_was_saved != 0) {
        bool noted = env->__saved_mask.__val[WORD_NOTED] == NOTED;
        env->__saved_mask.__val[WORD_KERNEL] = ~RT_SIGNALS_REAL;
        if (noted || left) {
            rt_signals_mask_set(self, noted ? env->__saved_mask.__val[WORD_MASK] : mask);
            rt_signals_settle(self);
        }
    }
}

#define X(name)                                                                                    \
    _Noreturn void name(struct __jmp_buf_tag env[1], int value)                                    \
    {                                                                                              \
        jump_prepare(env, RT_FRAME);                                                               \
        RT_REAL(name)(env, value);                                                                 \
        __builtin_unreachable();                                                                   \
    }
RT_JUMP_CALLS(X)
#undef X
