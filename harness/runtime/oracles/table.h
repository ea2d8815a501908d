/* SPDX-License-Identifier: MIT
 *
 * table.h -- the rules that an execution must obey, besides ending: each can be switched off.
 *
 * X(NAME, word, verdict, help): verdict is a row of harness/verdict.h.  Hangs, livelocks, crashes
 * and races are always judged.  The runtime sees a rule broken where it happens and ends the
 * execution; what only shows at the end is the controller's (control/judge.c).
 */
#ifndef RT_ORACLES_TABLE_H
#define RT_ORACLES_TABLE_H

#include <stdint.h>

#define RT_ORACLES(X)                                                                              \
    X(UNSAFE, "unsafe", UNSAFE, "a handler calls what is not async-signal-safe")                   \
    X(ERRNO, "errno", MISUSE, "a handler changes errno")                                           \
    X(UNLOCK, "unlock", MISUSE, "something is unlocked by who does not hold it")                   \
    X(HELD, "held", MISUSE, "a thread ends with a mutex")                                          \
    X(DESTROY, "destroy", MISUSE, "a mutex, condition ... is destroyed in use, or used later")     \
    X(JOIN, "join", MISUSE, "joined twice, by itself or detached; a thread named that is gone")    \
    X(LOST, "lost", LOST, "a signal of the plan had no effect")                                    \
    X(LATE, "late", LATE, "the end comes beyond --deadline after the first stop signal")           \
    X(ABANDONED, "abandoned", ABANDONED, "a thread is alive at the end")                           \
    X(OWING, "owing", OWING, "a debt is unsettled at the end")                                     \
    X(TWICE, "twice", TWICE, "a debt was settled twice")                                           \
    X(INHERIT, "inherit", INHERIT, "exec with blocked or ignored signals, or open descriptors")    \
    X(FILES, "files", LEFTOVER, "files are left in the program's directory")                       \
    X(CHILDREN, "children", LEFTOVER, "a child process was not waited for")                        \
    X(STATUS, "status", STATUS, "another exit status than --expect-status")

enum rt_oracle {
#define X(name, word, verdict, help) RT_ORACLE_##name,
    RT_ORACLES(X)
#undef X
        RT_ORACLE_COUNT
};

#define RT_ORACLE_BIT(oracle) (UINT32_C(1) << (unsigned)(oracle))
#define RT_ORACLES_ALL (RT_ORACLE_BIT(RT_ORACLE_COUNT) - 1)
_Static_assert(RT_ORACLE_COUNT < 32, "a set of oracles is 32 bits");

#endif
