/* SPDX-License-Identifier: MIT
 *
 * hooks.h -- the calls that -fsanitize=thread makes a compiler insert: one table for both flavours.
 *
 * In the tsan flavour the linker wraps RT_WRAPPED (a step, then on to ThreadSanitizer) and the
 * runtime adds RT_VOLATILES, which ThreadSanitizer lacks.  In the fast flavour the runtime is all
 * of it.
 */
#ifndef RT_HOOKS_H
#define RT_HOOKS_H

/* X(BITS) */
#define RT_ATOMIC_BITS(X) X(8) X(16) X(32) X(64) X(128)

/* X(OPERATION) of fetch-and-something */
#define RT_ATOMIC_FETCHES(X) X(add) X(sub) X(and) X(or) X(xor) X(nand)

/* X(BYTES, OF_UNALIGNED): plain accesses; the unaligned ones have no 1. */
#define RT_ACCESS_BYTES(X) X(1) X(2) X(4) X(8) X(16)
#define RT_UNALIGNED_BYTES(X) X(2) X(4) X(8) X(16)

#endif
