/* SPDX-License-Identifier: MIT
 *
 * jump.h -- the intercepted jumps, which may leave handlers; and what notes the mask to go back to.
 */
#ifndef RT_POSIX_JUMP_H
#define RT_POSIX_JUMP_H

#define RT_JUMP_CALLS(X)                                                                           \
    X(longjmp)                                                                                     \
    X(_longjmp)                                                                                    \
    X(siglongjmp)                                                                                  \
    X(__longjmp_chk)

/* The program's own calls come to a stub (jump.c). */
#define RT_JUMP_NOTED(X) X(__sigsetjmp)

#ifndef RT_EXPORTS_ONLY
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

struct rt_thread;

/* What longjmp is called where _FORTIFY_SOURCE looks at it; libc's headers do not declare it. */
_Noreturn void __longjmp_chk(jmp_buf env, int value);

/* The stack of self goes back to where its pointer is `to`: handlers, and waits below them, that
 * lie deeper will not return.  True: there was a handler, and *out_mask is the virtual mask behind
 * the outermost one. */
bool rt_jump_leave(struct rt_thread *self, const void *to, uint64_t *out_mask);
/* The same for all of its stack. */
void rt_jump_leave_all(struct rt_thread *self);
#endif
#endif
