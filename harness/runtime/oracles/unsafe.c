/* SPDX-License-Identifier: MIT
 *
 * unsafe.c -- calls in handlers that are not async-signal-safe.
 *
 * A handler that runs only where the program lets it in (sigsuspend, ppoll ...) interrupts nothing
 * unsafe and may call anything.  The others may not, even if they interrupted nothing this time.
 * The linker's --wrap sends the program's own calls here: as a stub, which looks at one counter and
 * jumps on, so that arguments of any number pass and a report's stack is as without it.  (Rejected:
 * defining malloc and the rest as the other calls are; it would replace an allocator that the
 * program brings, and ThreadSanitizer's own.)
 */
#include "unsafe.h"

#include "../signals.h"
#include "oracle.h"

uint32_t rt_unsafe_handlers;

/* What the stubs call; *frame is the caller's frame, and behind it is the return address. */
void rt_unsafe_named(const char *name, void *frame);

#define PUSH(register) "push %" #register "\n"
#define POP(register) "pop %" #register "\n"

#define X(name)                                                                                    \
    __asm__(".pushsection .rodata.str1.1,\"aMS\",@progbits,1\n"                                    \
            "1: .asciz \"" #name "\"\n"                                                            \
            ".popsection\n"                                                                        \
            ".text\n"                                                                              \
            ".weak __real_" #name "\n" /* C++'s in a C program */                                  \
            ".globl __wrap_" #name "\n"                                                            \
            ".type __wrap_" #name ", @function\n"                                                  \
            "__wrap_" #name ":\n"                                                                  \
            "cmpl $0, rt_unsafe_handlers(%rip)\n"                                                  \
            "je 2f\n"                                                                              \
            "lea 1b(%rip), %r11\n"                                                                 \
            "call rt_unsafe_stub\n"                                                                \
            "2: jmp __real_" #name "@PLT\n"                                                        \
            ".size __wrap_" #name ", . - __wrap_" #name "\n");
RT_UNSAFE_NAMES(X)
#undef X

/* Keeps all that arguments are passed in; r11 is the name.  Above our return address into the stub
 * is the program's. */
__asm__(".text\n"
        ".globl rt_unsafe_stub\n"
        ".hidden rt_unsafe_stub\n"
        ".type rt_unsafe_stub, @function\n"
        "rt_unsafe_stub:\n"
        "pop %r10\n" /* into the stub */
        "push %rbp\n"
        "mov %rsp, %rbp\n" PUSH(r10) PUSH(rax) PUSH(rdi) PUSH(rsi) PUSH(rdx) PUSH(rcx) PUSH(r8)
            PUSH(r9) "sub $128, %rsp\n"
                     "movups %xmm0, (%rsp)\n"
                     "movups %xmm1, 16(%rsp)\n"
                     "movups %xmm2, 32(%rsp)\n"
                     "movups %xmm3, 48(%rsp)\n"
                     "movups %xmm4, 64(%rsp)\n"
                     "movups %xmm5, 80(%rsp)\n"
                     "movups %xmm6, 96(%rsp)\n"
                     "movups %xmm7, 112(%rsp)\n"
                     "mov %r11, %rdi\n"
                     "mov %rbp, %rsi\n"
                     "call rt_unsafe_named\n"
                     "movups (%rsp), %xmm0\n"
                     "movups 16(%rsp), %xmm1\n"
                     "movups 32(%rsp), %xmm2\n"
                     "movups 48(%rsp), %xmm3\n"
                     "movups 64(%rsp), %xmm4\n"
                     "movups 80(%rsp), %xmm5\n"
                     "movups 96(%rsp), %xmm6\n"
                     "movups 112(%rsp), %xmm7\n"
                     "add $128, %rsp\n" POP(r9) POP(r8) POP(rcx) POP(rdx) POP(rsi) POP(rdi) POP(rax)
                         POP(r10) "pop %rbp\n"
                                  "jmp *%r10\n"
                                  ".size rt_unsafe_stub, . - rt_unsafe_stub\n");

/* What people call it. */
static const char *plain_name(const char *name)
{
    return name[0] == '_' && name[1] == 'Z' ? (name[2] == 'n' ? "operator new" : "operator delete")
                                            : name;
}

void rt_unsafe_call(struct rt_thread *self, const char *name, void *frame)
{
    if (rt_signals_in_handler(self)) {
        self->op = RT_OP_UNSAFE_CALL;
        self->object = NULL;
        self->frame = frame;
        rt_oracle(RT_ORACLE_UNSAFE, self,
                  "a handler called what is not async-signal-safe: ", plain_name(name));
    }
}

void rt_unsafe_named(const char *name, void *frame)
{
    struct rt_thread *self = rt_self;
    if (rt.on && !rt.over && self != NULL && self == rt.holder) {
        rt_unsafe_call(self, name, frame);
    }
}

/* The operations that stand for calls which are not on POSIX's list. */
static const char *op_unsafe(enum rt_op op)
{
    static const char *const words[RT_OP_COUNT] = {
#define X(name, word, progress) [RT_OP_##name] = word,
        RT_OPS(X)
#undef X
    };
    switch (op) {
    case RT_OP_CREATE:
    case RT_OP_JOIN:
    case RT_OP_TRYJOIN:
    case RT_OP_TIMEDJOIN:
    case RT_OP_DETACH:
    case RT_OP_THREAD_EXIT:
    case RT_OP_CANCEL:
    case RT_OP_MUTEX_INIT:
    case RT_OP_MUTEX_DESTROY:
    case RT_OP_MUTEX_LOCK:
    case RT_OP_MUTEX_TRYLOCK:
    case RT_OP_MUTEX_TIMEDLOCK:
    case RT_OP_MUTEX_UNLOCK:
    case RT_OP_COND_WAIT:
    case RT_OP_COND_TIMEDWAIT:
    case RT_OP_COND_SIGNAL:
    case RT_OP_COND_BROADCAST:
    case RT_OP_SEM_INIT:
    case RT_OP_SEM_DESTROY:
    case RT_OP_SEM_WAIT:
    case RT_OP_SEM_TIMEDWAIT:
    case RT_OP_RWLOCK_RDLOCK:
    case RT_OP_RWLOCK_WRLOCK:
    case RT_OP_RWLOCK_UNLOCK:
    case RT_OP_SPIN_LOCK:
    case RT_OP_BARRIER_WAIT:
    case RT_OP_ONCE:
    case RT_OP_GUARD:
        return words[op];
    default:
        return NULL;
    }
}

void rt_unsafe_step(struct rt_thread *self, enum rt_op op, void *frame)
{
    const char *word = op_unsafe(op);
    if (word != NULL) {
        rt_unsafe_call(self, word, frame);
    }
}
