/* SPDX-License-Identifier: MIT
 *
 * exit.h -- the intercepted calls that end the process, and those that say what runs then.
 */
#ifndef RT_POSIX_EXIT_H
#define RT_POSIX_EXIT_H

#define RT_EXIT_CALLS(X)                                                                           \
    X(exit)                                                                                        \
    X(_exit)                                                                                       \
    X(_Exit)                                                                                       \
    X(quick_exit)                                                                                  \
    X(abort)                                                                                       \
    X(atexit)                                                                                      \
    X(at_quick_exit)                                                                               \
    X(on_exit)                                                                                     \
    X(__cxa_atexit)                                                                                \
    X(__cxa_at_quick_exit)                                                                         \
    X(__cxa_thread_atexit_impl)

#ifndef RT_EXPORTS_ONLY
#include <stdlib.h>
#include <unistd.h>

/* What libc_nonshared.a and the C++ library call. */
int __cxa_atexit(void (*function)(void *), void *argument, void *module);
int __cxa_at_quick_exit(void (*function)(void *), void *module);
int __cxa_thread_atexit_impl(void (*function)(void *), void *argument, void *module);

/* Before anything of the program: the runtime's own handler, which so runs last. */
void rt_exit_begin(void);
#endif
#endif
